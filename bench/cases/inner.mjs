/**
 * The projection of the softmax loss alone, 4,000 samples, 32 features, 16 classes: from W = 0, and from the prediction
 * after a step, each until the relative gradient is 1e-6 and 1e-10. Prints one JSON line.
 */
import { nativeBackend } from '../../dist/backend/native.js';
import { problem, sizes } from '../problems.mjs';

const options = { solver: 'krylov', maxVectors: 6, tolerance: 0, radius: null, multiplier: 0, rankTolerance: 0 };
const rows = [1e-6, 1e-10].map((innerTolerance) => {
  const { network, definition } = problem(sizes.pines);
  const theta = network.initialWeights(3);
  const open = () => nativeBackend.createObjective({ ...definition, innerTolerance });
  const cold = timed(open(), (objective) => objective.at(theta).sync());
  const objective = open();
  const point = objective.at(theta).sync();
  const { step, stepNorm } = point.step({ ...options, radius: 1 }, null).sync();
  const moved = theta.map((x, i) => x + step[i]);
  const warm = timed(objective, () => objective.at(moved, { afterStepFrom: point }).sync());
  return { innerTolerance, stepNorm, cold, warm };
});
console.log(JSON.stringify(rows));

/** Seconds of the projection: the third of three calls. */
function timed(objective, evaluate) {
  let result;
  for (let k = 0; k < 3; k++) {
    const before = objective.timings().projection;
    const point = evaluate(objective);
    result = { seconds: objective.timings().projection - before, ...point.evaluation.inner };
    point.drop();
  }
  return result;
}
