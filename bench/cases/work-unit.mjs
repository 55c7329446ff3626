/**
 * One work unit: a Gauss–Newton iteration with 20 Krylov vectors (evaluate 1, gradient 1, step 40), divided by its 42
 * units. Arguments: size, contender, threads. Prints one JSON line.
 */
import { selectBackend } from '../../dist/backend/select.js';
import { flops } from '../../dist/program/program.js';
import { iterationAt, median } from '../measure.mjs';
import { problem, sizes } from '../problems.mjs';

const [name, contender, threads = '1', jacobian] = process.argv.slice(2);
const size = sizes[name];
const { network, definition } = problem(size, { threads: Number(threads), jacobian });
const objective = selectBackend(contender).createObjective(definition);
const theta = network.initialWeights(3);
const options = { solver: 'krylov', maxVectors: 20, tolerance: 0, radius: null, multiplier: 0, rankTolerance: 0 };

const iteration = iterationAt(objective, theta, options);
iteration();
const units = objective.passes;
const seconds = median(iteration, contender === 'js' ? 6 : 2, 3) / units;
const { jvp, vjp } = network.programs;
const networkFlops = (flops(jvp, size.samples) + flops(vjp, size.samples)) / 2;
const projectionFlops = productFlops(size, definition.jacobian) / 2;
console.log(JSON.stringify({ seconds, units, flops: networkFlops + projectionFlops, weights: network.weights }));

/** Multiplications and additions of one H·v besides the network: Kaufman's part and, for the full derivative, the second. */
function productFlops({ samples: N, targets: t, width: w, classes }, kind) {
  const m = w + 1;
  if (classes) return 2 * N * t * (kind === 'kaufman' ? 3 * w + 2 * m : 4 * w + 2 * m);
  const kaufman = 2 * N * (2 * m * w + w * w);
  return kind === 'kaufman' ? kaufman : kaufman + 2 * N * (2 * w * t) + 2 * t * w * w;
}
