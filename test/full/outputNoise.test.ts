/** @file Two outputs whose noise differs, over many trainings: what is told of it, and how many targets lie within. */
import t from 'tap';
import { coverageOf, dense, Random, sequential, standardizedResiduals, tanh, train } from '../../lib/index.js';

const sigmas = [0.1, 0.4];
const network = sequential([dense(8), tanh()]);

function draw(random: Random, count: number) {
  const inputs = Array.from({ length: count }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
  const truth = inputs.map(([x, y]) => [Math.sin(3 * x) + y, Math.cos(2 * y) * (1 + x)]);
  return { inputs, truth, targets: truth.map((row) => row.map((y, j) => y + sigmas[j] * random.normal())) };
}

t.test(
  '95 % of the targets of each output lie in the interval of 95 %, and of the function in that of the model',
  async (t) => {
    const trainings = 30;
    const told = [0, 1].map(() => ({ noise: 0, targets: 0, function: 0 }));
    for (let seed = 0; seed < trainings; seed++) {
      const random = new Random(seed);
      const [{ inputs, targets }, test] = [draw(random, 200), draw(random, 300)];
      const { model } = await train({ network, inputs, targets, regularization: 'evidence', starts: 1, seed });
      const prediction = await model.predict(test.inputs, { uncertainty: true });
      const outer = standardizedResiduals(prediction, test.targets).data;
      const inner = standardizedResiduals({ ...prediction, noise: Float64Array.of(0, 0) }, test.truth).data;
      told.forEach((of, j) => {
        const within = (residuals: Float64Array) =>
          coverageOf(
            residuals.filter((_, i) => i % 2 === j),
            [0.95],
          )[0].share;
        of.noise += prediction.noise[j] / trainings;
        of.targets += within(outer) / trainings;
        of.function += within(inner) / trainings;
      });
    }
    told.forEach((of, j) => {
      t.ok(Math.abs(of.noise / sigmas[j] - 1) < 0.1, `σ ${of.noise} for ${sigmas[j]}`);
      t.ok(Math.abs(of.targets - 0.95) < 0.02, `output ${j}: ${of.targets} of the targets`);
      t.ok(of.function > 0.85 && of.function < 0.99, `output ${j}: ${of.function} of the function`);
    });
  },
);
