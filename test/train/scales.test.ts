/** @file Numbers far from 1: training in targets, regularisation and weights of any size. */
import t from 'tap';
import { adam, gaussNewton, gnvpro, lbfgs, type OptimizerDescription, sgd, slimTrain } from '../../lib/index.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import type { Report } from '../../lib/report/report.js';
import { unitOfTargets } from '../../lib/train/problem/unit.js';
import { train } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

const data = smooth(40);
const backends = ['native', 'js'] as const;

const secondOrder: Record<string, OptimizerDescription> = {
  dense: gnvpro({ linearSolver: 'dense' }),
  krylov: gnvpro({ linearSolver: 'krylov' }),
  'lbfgs, reduced': lbfgs(),
  'lbfgs, joint': lbfgs({ objective: 'joint' }),
  gaussNewton: gaussNewton(),
};

interface Result {
  readonly theta: Float64Array;
  readonly report: Report;
  /** ‖S − C‖/‖C‖ on the training data. */
  readonly error: number;
}

/** On targets times `scale`, as they are. */
async function run(scale: number, more: Partial<TrainOptions> = {}): Promise<Result> {
  const targets = data.targets.map((row) => row.map((c) => scale * c));
  const { model, report } = await train(
    options({ ...data, targets, scaling: { targets: 'none' }, stop: { iterations: 25 }, ...more }),
  );
  const { data: predicted } = await model.predict(data.inputs);
  const truth = targets.flat().map((c) => c / scale);
  const rest = truth.map((c, i) => predicted[i] / scale - c);
  const theta = model.theta.slice();
  model.dispose();
  return { theta, report, error: Math.hypot(...rest) / Math.hypot(...truth) };
}

const distance = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((x, i) => x - b[i])) / Math.hypot(...b);

for (const backend of backends) {
  for (const [name, optimizer] of Object.entries(secondOrder)) {
    t.test(`${name} on ${backend}: targets of any size are fitted as well as those of size 1`, async (t) => {
      const { error } = await run(1, { backend, optimizer });
      t.ok(error < 0.3, `${error} of targets of size 1`);
      for (const scale of [1e-170, 1e-12, 1e-9, 1e-7, 1e-3, 1e3, 1e7, 1e12, 1e150]) {
        const { error: scaled, report } = await run(scale, { backend, optimizer });
        t.ok(scaled < 1.5 * error + 0.01, `× ${scale}: ${scaled}, ${error} at size 1`);
        t.ok(report.iterations.length > 5, `× ${scale}: ${report.stop.message}`);
      }
    });

    t.test(`${name} on ${backend}: the same steps at every power of two`, async (t) => {
      const at = (scale: number) =>
        run(scale, { backend, optimizer, regularization: { theta: 1e-6 * scale * scale }, stop: { iterations: 12 } });
      const near = await at(2 ** 40);
      for (const scale of [2 ** -40, 2 ** -200, 2 ** 200]) {
        const { theta, report } = await at(scale);
        t.strictSame([...theta], [...near.theta], `2^${Math.log2(scale)}: θ to the last bit`);
        const [first, last] = [near.report.iterations[0], report.iterations[0]];
        t.equal(last.objective / scale / scale, first.objective / 2 ** 80, 'objectives go with the square');
        t.match(report.used.regularization, { theta: 1e-6 * scale * scale });
      }
    });

    t.test(`${name} on ${backend}: regularization and weights of any size`, async (t) => {
      const some = (weight: number) => data.inputs.map((_, i) => (i === 3 ? weight : 1));
      const cases: Record<string, Partial<TrainOptions>> = {
        'a weight of 1e300': { sampleWeights: some(1e300) },
        'a weight of 1e-300': { sampleWeights: some(1e-300) },
        'regularization.theta of 1e300': { regularization: { theta: 1e300 } },
        'regularization.W of 1e300': { regularization: { theta: 0, W: 1e300 } },
        'the same, squares of the targets vanish': {
          regularization: { theta: 1e300 },
          scaling: { targets: { shift: [0, 0], scale: [1e200, 1e200] } },
        },
      };
      for (const [what, more] of Object.entries(cases)) {
        const { report } = await run(1, { backend, optimizer, ...more });
        const { stop, iterations } = report;
        t.notOk(stop.status === 'converged' && iterations.length === 1, `${what}: ${stop.status}: ${stop.message}`);
        t.notMatch(stop.message, /Infinity|NaN/);
        t.ok(iterations.every(({ objective, gradientNorm }) => Number.isFinite(objective + gradientNorm)));
      }
    });
  }
}

t.test('methods of mini-batches are as good in targets of any size', async (t) => {
  for (const optimizer of [
    sgd({ learningRate: 0.1 }),
    adam({ learningRate: 0.02 }),
    slimTrain({ learningRate: 0.02 }),
  ]) {
    const { error } = await run(1, { optimizer });
    for (const scale of [1e-12, 1e12]) {
      const { error: scaled } = await run(scale, { optimizer });
      t.ok(scaled < 1.5 * error, `${optimizer.type} × ${scale}: ${scaled}, ${error} at size 1`);
    }
  }
});

t.test('without squares of the gradient, two more scales give the same θ to rounding', async (t) => {
  for (const optimizer of [secondOrder.dense, secondOrder['lbfgs, reduced']]) {
    const at = (scale: number) =>
      run(scale, { optimizer, regularization: { theta: 1e-4 * scale * scale }, stop: { iterations: 4 } });
    const { theta } = await at(1);
    for (const scale of [1e-12, 1e-3, 1e12]) {
      const other = await at(scale);
      t.ok(distance(other.theta, theta) < 1e-8, `× ${scale}: ${distance(other.theta, theta)}`);
    }
  }
});

t.test('a strong regulariser is followed to the end', async (t) => {
  const { theta, report } = await run(1, { optimizer: secondOrder.dense, regularization: { theta: 1e300 } });
  t.equal(report.stop.status, 'converged');
  t.ok(Math.hypot(...theta) < 1e-140, 'and not to where the gradient is small beside its first value only');
});

t.test('refit and levels keep the units', async (t) => {
  const at = (scale: number) =>
    run(scale, { validation: 0.25, refit: true, starts: 2, regularization: { theta: 1e-6 * scale * scale } });
  const [plain, tiny] = [await at(2 ** 40), await at(2 ** -40)];
  t.strictSame([...tiny.theta], [...plain.theta]);
  t.equal(tiny.error, plain.error);
});

t.test('an objective that overflows is no start', async (t) => {
  await t.rejects(run(1e160), { code: 'ERR_NONFINITE', message: /objective is Infinity.*scaled data/ });
});

t.test('the unit of the targets', async (t) => {
  for (const largest of [0, 1 / 16, 1, 16]) t.equal(unitOfTargets(largest, 1), 1, `${largest}`);
  t.equal(unitOfTargets(33, 0), 32);
  t.equal(unitOfTargets(2 ** -100, 0), 2 ** -100);
  t.equal(unitOfTargets(Number.MAX_VALUE, 0), 2 ** 1023);
  t.ok(unitOfTargets(1e-170, 1) ** 2 >= 1e-300, 'α_θ stays finite');
});
