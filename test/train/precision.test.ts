/** @file Trainings in single precision come to where those in double precision do; what floats cannot hold is refused. */
import t from 'tap';
import { backendNames } from '../../lib/backend/select.js';
import { adam, dense, gaussNewton, gnvpro, lbfgs, sequential, sgd, slimTrain, tanh } from '../../lib/index.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { generateSpirals } from '../../lib/problems/index.js';
import { trainSync } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

const rates = { learningRate: 0.01, batchSize: 8 };
const labels = smooth(40).inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'other'));

/** The objectives of all iterations in both precisions. */
function objectives(given: TrainOptions): { double: number[]; single: number[] } {
  const [double, single] = (['float64', 'float32'] as const).map((precision) =>
    trainSync({ ...given, precision }).report.iterations.map(({ objective }) => objective),
  );
  return { double, single };
}

/** |a/b − 1| */
const difference = (a: number[], b: number[], at: number) => Math.abs((a.at(at) as number) / (b.at(at) as number) - 1);

const variants: Record<string, Partial<TrainOptions>> = {
  'dense step': { optimizer: gnvpro({ linearSolver: 'dense' }) },
  'Krylov step': { optimizer: gnvpro({ linearSolver: 'krylov' }) },
  'Gauss–Newton': { optimizer: gaussNewton() },
  'L-BFGS': { optimizer: lbfgs() },
  'joint L-BFGS': { optimizer: lbfgs({ objective: 'joint' }) },
  ADAM: { optimizer: adam(rates) },
  SGD: { optimizer: sgd(rates) },
  slimTrain: { optimizer: slimTrain(rates) },
  classes: { targets: labels, loss: 'crossEntropy' },
  'Gauss–Newton on batches': { optimizer: gnvpro({ batches: { size: 20, iterations: 3, epochs: 2 } }) },
  'nested parts': { nested: [{ samples: 20, iterations: 2 }] },
  'from singular vectors': { initialize: 'svd' },
  'cross validation of α_W': { regularization: { theta: 1e-3, W: 'auto' } },
};

for (const backend of backendNames) {
  for (const [name, variant] of Object.entries(variants)) {
    t.test(`${backend}, ${name}`, async (t) => {
      const { double, single } = objectives(options({ backend, stop: { iterations: 5 }, ...variant }));
      const [first, last] = [0, -1].map((at) => difference(single, double, at));
      t.ok(first > 0 && first < 1e-5, `the start differs by ${first}`);
      t.ok(last < 1e-2, `the end, by the rounding of all steps before, by ${last}`);
    });
  }
}

t.test('evidence finds the same noise', async (t) => {
  const given = options({ ...smooth(60, 1, 0.1), backend: 'native', regularization: 'evidence', starts: 1 });
  const [double, single] = (['float64', 'float32'] as const).map(
    (precision) => trainSync({ ...given, precision }).report.iterations.at(-1)?.evidence?.noise as number,
  );
  t.ok(Math.abs(single / double - 1) < 1e-2, `${single} against ${double}`);
});

t.test('two spirals to the same error', async (t) => {
  const samples = generateSpirals({ samples: 400, seed: 1 });
  const network = sequential([dense(16), tanh()]);
  const [double, single] = (['float64', 'float32'] as const).map((precision) => {
    const { model, report } = trainSync({ ...samples, validation: 0.2, network, loss: 'crossEntropy', precision });
    t.equal(report.used.precision, precision);
    return model.evaluateSync(samples.inputs, samples.targets).accuracy;
  });
  t.ok(Math.abs(double - single) <= 0.01 && single > 0.97, `${single} against ${double}`);
});

t.test('inputs beyond floats', async (t) => {
  const inputs = smooth(40).inputs.map((row) => [...row]);
  inputs[7][1] = -1e300;
  for (const backend of backendNames) {
    const given = options({ backend, inputs, scaling: { inputs: 'none' }, stop: { iterations: 1 } });
    t.throws(() => trainSync({ ...given, precision: 'float32' }), {
      code: 'ERR_NONFINITE',
      message: /precision 'float32' but received -1e\+300 in row 7, column 1/,
    });
    t.doesNotThrow(() => trainSync(given), 'which doubles hold');
  }
});

t.test('misuse', async (t) => {
  t.throws(() => trainSync(options({ precision: 'float16' as 'float32' })), {
    code: 'ERR_OPTION',
    message: /^Expected one of "float64", "float32" for precision but received "float16"\./,
  });
});
