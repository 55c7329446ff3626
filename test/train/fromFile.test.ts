/** @file Trainings on data in files: the bits of trainings on the same data in memory, on either backend. */
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { npyBytes } from '../../lib/files/npy.js';
import {
  adam,
  crossValidate,
  dense,
  fromFile,
  gaussNewton,
  gnvpro,
  lbfgs,
  Random,
  sequential,
  type TrainOptions,
  tanh,
  train,
  trainSync,
} from '../../lib/index.js';

const folder = t.testdir();
const [N, d] = [1200, 6];
const random = new Random(6);
const noise = (count: number) => Float64Array.from({ length: count }, () => random.normal());
const inputs = { data: noise(N * d).map((x, i) => 3 * x + (i % d)), shape: [N, d] };
const entry = (n: number, j: number) => inputs.data[n * d + j] - j;
const of = (n: number, j: number) => 40 * Math.sin(entry(n, j) / 3) + entry(n, j + 1);
const targets = { data: noise(2 * N).map((x, i) => of(i >> 1, i % 2) + 0.1 * x), shape: [N, 2] };
const labels = Int32Array.from({ length: N }, (_, n) => 2 + Number(of(n, 0) > 10) + Number(of(n, 1) > 0));
const shares = Float64Array.from({ length: 2 * N }, (_, i) => Number(of(i >> 1, i % 2) > 0));
const sampleWeights = Float64Array.from({ length: N }, (_, n) => [1, 2, 0][n % 3]);

function file(name: string, data: Parameters<typeof npyBytes>[0]['data'], shape: readonly number[]): string {
  const path = join(folder, name);
  writeFileSync(path, Buffer.concat([...npyBytes({ data, shape })]));
  return path;
}
const X = file('x.npy', inputs.data, inputs.shape);
const files = {
  numbers: file('t.npy', targets.data, targets.shape),
  labels: file('l.npy', labels, [N]),
  shares: file('s.npy', shares, [N, 2]),
};
const inMemory = { numbers: targets, labels, shares: { data: shares, shape: [N, 2] } };
const network = sequential([dense(5), tanh()]);
const stop = { iterations: 4 };

/** Bytes of the model and the numbers of its report. */
function told(options: TrainOptions) {
  const { model, report } = trainSync(options);
  const { iterations, best, validation } = report as never as Record<string, object>;
  const numbers = (iterations as unknown as Record<string, unknown>[]).map(
    ({ objective, validation, gradientNorm }) => ({ objective, validation, gradientNorm }),
  );
  return {
    theta: model.theta,
    W: model.W,
    scaling: model.scaling,
    numbers,
    best: (best as Record<string, unknown>).iteration,
    validation,
  };
}

const cases: Record<string, { target: keyof typeof files; options: Partial<TrainOptions> }> = {
  'least squares': { target: 'numbers', options: {} },
  'a fraction for validation': { target: 'numbers', options: { validation: 0.3, validationMetric: 'relativeError' } },
  'weights, some 0': { target: 'numbers', options: { sampleWeights, validation: 0.2, validationMetric: 'loss' } },
  'no scaling, targets of any size': { target: 'numbers', options: { scaling: { inputs: 'none', targets: 'none' } } },
  'principal components, the start from data': {
    target: 'numbers',
    options: { scaling: { inputs: { type: 'pca', components: 3 }, targets: 'standardize' }, initialize: 'svd' },
  },
  'α_W by cross validation, baselines': {
    target: 'numbers',
    options: { regularization: { W: 'auto', theta: 1e-3 }, baselines: true, validation: 0.2 },
  },
  evidence: { target: 'numbers', options: { regularization: 'evidence', starts: 2 } },
  'Gauss–Newton on all weights': { target: 'numbers', options: { optimizer: gaussNewton() } },
  batches: { target: 'numbers', options: { optimizer: gnvpro({ batches: { size: 300, iterations: 1, epochs: 2 } }) } },
  'parts of the samples first': { target: 'numbers', options: { nested: [{ samples: 500, iterations: 2 }] } },
  classes: {
    target: 'labels',
    options: { loss: 'crossEntropy', validation: 0.25, validationMetric: 'errorRate', labelSmoothing: 0.1 },
  },
  'classes by lbfgs': { target: 'labels', options: { loss: 'crossEntropy', optimizer: lbfgs(), baselines: true } },
  labels: { target: 'shares', options: { loss: 'logistic', validation: 0.25 } },
};

for (const backend of ['native', 'js'] as const) {
  t.test(backend, async (t) => {
    for (const [name, { target, options }] of Object.entries(cases)) {
      const common = { network, stop, backend, ...options };
      const memory = told({ ...common, inputs, targets: inMemory[target] });
      const stored = told({ ...common, inputs: fromFile(X), targets: fromFile(files[target]) });
      t.ok(memory.numbers.length > 2, `${name}: ${memory.numbers.length} records`);
      t.strictSame(stored, memory, name);
    }
  });
}

t.test('any number of threads, either alone in a file, and columns of floats', async (t) => {
  const common = { network, stop, validation: { inputs, targets } };
  const memory = told({ ...common, inputs, targets });
  for (const threads of [1, 3]) {
    t.strictSame(told({ ...common, inputs: fromFile(X), targets, threads }), memory, `inputs, ${threads} threads`);
    t.strictSame(told({ ...common, inputs, targets: fromFile(files.numbers), threads }), memory, 'targets');
  }
  const held = { inputs: fromFile(X), targets: fromFile(files.numbers) };
  t.strictSame(told({ ...common, inputs, targets, validation: held }), memory, 'validation');
  const floats = Float32Array.from(inputs.data);
  const options = { columns: [[2, 5], 0] as const, scale: 0.5, rows: [100, 1100] as const };
  const picked = { data: new Float64Array(4000), shape: [1000, 4] };
  picked.data.forEach((_, i) => {
    picked.data[i] = 0.5 * floats[(100 + (i >> 2)) * d + [2, 3, 4, 0][i % 4]];
  });
  const some = { data: targets.data.slice(200, 2200), shape: [1000, 2] };
  const path = file('f.npy', floats, inputs.shape);
  t.strictSame(
    told({
      network,
      stop,
      inputs: fromFile(path, options as never),
      targets: fromFile(files.numbers, { rows: [100, 1100] }),
    }),
    told({ network, stop, inputs: picked, targets: some }),
    'rows, columns and a scale',
  );
});

t.test('a file that shrinks ends the training with the best model', async (t) => {
  const path = file('shrinking.npy', inputs.data, inputs.shape);
  for (const isSync of [false, true]) {
    writeFileSync(path, readFileSync(X));
    const onIteration = ({ iteration }: { iteration: number }) => {
      if (iteration === 2) truncateSync(path, 5000);
    };
    const options = { network, inputs: fromFile(path), targets, threads: 2, stop: { iterations: 50 }, onIteration };
    const { model, report } = isSync ? trainSync(options) : await train(options);
    t.equal(report.stop.status, 'failed');
    t.match(report.stop.message, new RegExp(`^${path} (became shorter while it was read|is not as it was)`));
    t.equal(report.best.iteration, 2);
    t.equal(model.predictSync(inputs).shape[0], N);
  }
  writeFileSync(path, readFileSync(X));
  const gone = fromFile(path);
  rmSync(path);
  const message = new RegExp(`^${path} cannot be read: ENOENT`);
  await t.rejects(train({ network, inputs: gone, targets }), { code: 'ERR_DATA_FILE', message });
  const holed = inputs.data.slice();
  holed[100] = Number.POSITIVE_INFINITY;
  await t.rejects(train({ network, inputs: fromFile(file('holed.npy', holed, inputs.shape)), targets }), {
    code: 'ERR_NONFINITE',
    message: /received Infinity in row 16, column 4/,
  });
});

t.test('what takes data in memory says so', async (t) => {
  const common = { network, inputs: fromFile(X), targets: fromFile(files.numbers), stop };
  const error = (what: RegExp) => ({ code: 'ERR_OPTION', message: what });
  await t.rejects(train({ ...common, optimizer: adam() }), error(/in memory for mini-batches.*x\.npy.*readMatrix/));
  await t.rejects(train({ ...common, validation: 0.2, refit: true }), error(/in memory for refit: true/));
  await t.rejects(crossValidate(common), error(/in memory for crossValidate/));
  await t.rejects(train({ ...common, precision: 'float32' }), error(/in memory for precision: 'float32'/));
});
