/** @file Where a training starts: drawn, taken from the data, given, or from a model. */
import t from 'tap';
import { selectBackend } from '../../lib/backend/select.js';
import { dense, lbfgs, Network, sequential, tanh } from '../../lib/index.js';
import { noCancel } from '../../lib/job/cancel.js';
import { driveSync } from '../../lib/job/job.js';
import { initialTheta } from '../../lib/train/start/initialize.js';
import { leastSquaresMap } from '../../lib/train/start/leastSquares.js';
import { trainSync } from '../../lib/train/train.js';
import { relativeError } from '../support/reference.js';
import { network, options, smooth } from './problem.js';

const js = selectBackend('js');
const flat = (rows: number[][]) => Float64Array.from(rows.flat());
const { inputs, targets } = smooth(40);
const data = { inputs: flat(inputs), targets: flat(targets), samples: 40, sampleWeights: null, cancelFlag: noCancel() };

t.test("'svd': half the left singular vectors of the linear map, zero biases", async (t) => {
  const description = sequential([dense(2), tanh(), dense(3)]);
  const resolved = new Network(description, 3);
  const theta = driveSync(initialTheta(resolved, 'svd', 4, data, js));
  const { map } = driveSync(leastSquaresMap(js, data.inputs, data.targets, 40));
  const column = (k: number) => [0, 1, 2].map((i) => theta[2 * i + k]);
  const products = [0, 1].map((k) => [0, 1].map((l) => column(k).reduce((sum, x, i) => sum + x * column(l)[i], 0)));
  t.ok(relativeError(products.flat(), [0.25, 0, 0, 0.25]) < 1e-12, 'orthogonal, of length ½');
  // K Kᵀ projects onto the range of the map: 4 K Kᵀ M = M.
  const projected = map.map((_, e) => {
    const [i, j] = [Math.floor(e / 2), e % 2];
    return [0, 1, 2].reduce(
      (sum, l) => sum + 4 * (column(0)[i] * column(0)[l] + column(1)[i] * column(1)[l]) * map[2 * l + j],
      0,
    );
  });
  t.ok(relativeError(projected, map) < 1e-10, 'they span the directions the targets respond to');
  t.strictSame([...theta.subarray(6, 8)], [0, 0], 'biases');
  const random = resolved.initialWeights(4);
  t.strictSame([...theta.subarray(8)], [...random.subarray(8)], 'the other layers are drawn with the seed');
});

t.test('the linear map: normal equations, on both backends, over several blocks of rows', async (t) => {
  const samples = 700;
  const { inputs, targets } = smooth(samples, 5, 0.1);
  const [X, T] = [flat(inputs.map(([x, y, z]) => [x + 1, y, z, x - y])), flat(targets)]; // of rank 3
  const maps = (['js', 'native'] as const).map((name) =>
    driveSync(leastSquaresMap(selectBackend(name), X, T, samples)),
  );
  for (const { map, inputMean, targetMean } of maps) {
    const products = Array.from({ length: 4 * 2 }, () => 0);
    for (let n = 0; n < samples; n++) {
      for (let j = 0; j < 2; j++) {
        let rest = T[2 * n + j] - targetMean[j];
        for (let i = 0; i < 4; i++) rest -= (X[4 * n + i] - inputMean[i]) * map[2 * i + j];
        for (let i = 0; i < 4; i++) products[2 * i + j] += (rest * (X[4 * n + i] - inputMean[i])) / samples;
      }
    }
    t.ok(products.every((product) => Math.abs(product) < 1e-13));
    // Of least norm in units of the deviations: orthogonal to the direction that the inputs do not have.
    const square = (i: number) => {
      let sum = 0;
      for (let n = 0; n < samples; n++) sum += (X[4 * n + i] - inputMean[i]) ** 2 / samples;
      return sum;
    };
    for (const j of [0, 1]) {
      t.ok(Math.abs(square(0) * map[j] - square(1) * map[2 + j] - square(3) * map[6 + j]) < 1e-13);
    }
  }
  t.ok(relativeError(maps[0].map, maps[1].map) < 1e-13);
});

t.test("'svd' on more units than there are singular vectors draws the rest", async (t) => {
  const theta = driveSync(initialTheta(new Network(network, 3), 'svd', 4, data, js));
  const random = new Network(network, 3).initialWeights(4);
  for (let i = 0; i < 3; i++)
    t.strictSame([...theta.subarray(6 * i + 2, 6 * i + 6)], [...random.subarray(6 * i + 2, 6 * i + 6)]);
});

t.test("'svd' is recorded, and works with a dense layer alone", async (t) => {
  const { report } = trainSync(options({ network: dense(2), initialize: 'svd', stop: { iterations: 2 } }));
  t.equal(report.used.initialize, 'svd');
});

t.test('given weights are taken as they are and not changed', async (t) => {
  const theta = new Network(network, 3).initialWeights(8);
  const before = theta.slice();
  const given = trainSync(options({ initialize: theta, stop: { iterations: 5 } }));
  t.strictSame(theta, before);
  const drawn = trainSync(options({ seed: 8, stop: { iterations: 5 } }));
  t.strictSame(given.model.theta, drawn.model.theta, 'the same start, the same training');
  t.equal(given.report.used.initialize, 'given');
});

t.test('a warm start goes on where the model ended', async (t) => {
  const first = trainSync(options({ stop: { iterations: 5 } }));
  const second = trainSync(options({ network: undefined, initial: first.model, seed: 99, stop: { iterations: 20 } }));
  const [start] = second.report.iterations;
  t.ok(Math.abs(start.objective - first.report.best.objective) <= 1e-12 * start.objective);
  t.ok(second.report.best.objective < start.objective, 'and gains from there');
  t.strictSame(second.model.scaling, first.model.scaling);
  t.strictSame(second.model.network, first.model.network);
  const named = trainSync(options({ initial: first.model, stop: { iterations: 20 } }));
  t.strictSame(named.model.theta, second.model.theta, 'the same network may be named besides');
});

t.test('a warm start on other data keeps the scaling; on a model without bias keeps it so', async (t) => {
  const first = trainSync(options({ bias: false, stop: { iterations: 3 } }));
  const second = trainSync(
    options({ ...smooth(30, 7), network: undefined, initial: first.model, stop: { iterations: 1 } }),
  );
  t.strictSame(second.model.scaling, first.model.scaling);
  t.equal(second.model.bias, false);
});

t.test('a warm start with the other optimizer', async (t) => {
  const first = trainSync(options({ optimizer: lbfgs(), stop: { iterations: 5 } }));
  const second = trainSync(options({ initial: first.model, stop: { iterations: 5 } }));
  t.ok(second.report.best.objective < first.report.best.objective);
});
