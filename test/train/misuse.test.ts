/**
 * @file Misuse: each is refused before any work, with its code and a sentence that says what to do.
 * @alone Other files define losses and layers, which the sentences would name.
 */
import t, { type Test } from 'tap';
import type { GnvproError } from '../../lib/errors.js';
import {
  concat,
  defineLayer,
  dense,
  gnvpro,
  lbfgs,
  matrix,
  Random,
  residual,
  sequential,
  tanh,
} from '../../lib/index.js';
import { Model } from '../../lib/model/model.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { linearRegression } from '../../lib/train/start/linearRegression.js';
import { train, trainSync } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

const { inputs, targets } = smooth(8);
const withHole = inputs.map((row, i) => (i === 2 ? [row[0], Number.NaN, row[2]] : row));
const diagonal = (size: number, value = 1) => ({
  rowPointers: Int32Array.from({ length: size + 1 }, (_, i) => i),
  columns: Int32Array.from({ length: size }, (_, i) => i),
  values: new Float64Array(size).fill(value),
  reference: null,
});
const lopsided = { ...diagonal(24), columns: Int32Array.from({ length: 24 }, (_, i) => (i === 0 ? 1 : i)) };

type Case = [what: string, options: Record<string, unknown> | null, code: string, message: RegExp | string];

/** Options laid over valid ones (null: instead of them). */
const cases: Case[] = [
  ['no options', null, 'ERR_OPTION', 'Expected an object for the options of train but received null.'],
  [
    'an option misspelt',
    { iteration: 3 },
    'ERR_OPTION',
    /Unknown option "iteration" of train\. Did you mean "onIteration"\?/,
  ],
  ['an option in the wrong case', { Inputs: inputs }, 'ERR_OPTION', /"Inputs" of train\. Did you mean "inputs"\?/],
  [
    'an option of another world',
    { learningRate: 0.1 },
    'ERR_OPTION',
    /"learningRate" of train\. Known: network, loss,/,
  ],
  ['no network', { network: undefined }, 'ERR_LAYER', /Expected a layer for network but received undefined/],
  ['a factory as network', { network: tanh }, 'ERR_LAYER', /the function tanh\. Call it: write tanh\(\)/],
  [
    'an array as network',
    { network: [tanh()] },
    'ERR_LAYER',
    /Expected a layer for network but received an array of 1/,
  ],
  [
    'an unknown layer type',
    { network: { type: 'conv' } },
    'ERR_LAYER',
    /received type "conv"\. Known types: .*defineLayer\(\)/,
  ],
  [
    'another loss',
    { loss: 'hinge' },
    'ERR_OPTION',
    'Expected one of "leastSquares", "crossEntropy", "logistic" for loss but received "hinge".',
  ],
  ['a loss misspelt', { loss: 'leastsquare' }, 'ERR_OPTION', /Did you mean "leastSquares"\?/],
  ['another precision', { precision: 'half' }, 'ERR_OPTION', /Expected one of "float64", "float32" for precision/],
  [
    'another backend',
    { backend: 'cuda' },
    'ERR_OPTION',
    'Expected one of "native", "js" for backend but received "cuda".',
  ],
  [
    'inputs missing',
    { inputs: undefined },
    'ERR_OPTION',
    /an array of rows or \{ data, shape \} for inputs but received undefined/,
  ],
  ['inputs as text', { inputs: 'data.csv' }, 'ERR_OPTION', /for inputs but received "data.csv"/],
  ['no samples', { inputs: [], targets: [] }, 'ERR_SHAPE', /at least one row of at least one number for inputs/],
  [
    'rows of several lengths',
    { inputs: [[1, 2], [3]] },
    'ERR_SHAPE',
    'Expected 2 numbers in row 1 of inputs, as in row 0, but received 1.',
  ],
  [
    'text among numbers',
    { inputs: [['1', 2]] },
    'ERR_OPTION',
    /a number for row 0, column 0 of inputs but received "1"/,
  ],
  [
    'NaN among inputs',
    { inputs: withHole, targets },
    'ERR_NONFINITE',
    /finite numbers for inputs but received NaN in row 2, column 1/,
  ],
  [
    'infinite targets',
    { inputs, targets: inputs.map(() => [1 / 0]) },
    'ERR_NONFINITE',
    /for targets but received Infinity in row 0/,
  ],
  [
    'fewer targets',
    { inputs, targets: targets.slice(1) },
    'ERR_SHAPE',
    'Expected as many rows of targets as of inputs, 8, but received 7.',
  ],
  [
    'data that do not fill the shape',
    { inputs: { data: [1, 2, 3], shape: [2, 2] } },
    'ERR_SHAPE',
    /Expected 4 numbers for inputs of shape 2 × 2/,
  ],
  [
    'three dimensions',
    { inputs: { data: [1, 2], shape: [1, 2, 1] } },
    'ERR_OPTION',
    /two positive integers \[rows, columns\] for the shape of inputs/,
  ],
  [
    'strides',
    { inputs: { data: [1, 2], shape: [1, 2], strides: [1, 1] } },
    'ERR_SHAPE',
    /contiguous row-major data for inputs/,
  ],
  [
    '32-bit integers',
    { inputs: { data: new Int32Array(2), shape: [1, 2] } },
    'ERR_OPTION',
    /Float32Array or array of numbers for the data of inputs/,
  ],
  [
    'validation of everything',
    { validation: 1 },
    'ERR_OPTION',
    /greater than 0 and at most 0\.9 for validation but received 1/,
  ],
  [
    'validation of nothing',
    { validation: 0.001 },
    'ERR_OPTION',
    /a fraction that leaves samples on both sides for validation/,
  ],
  [
    'validation without targets',
    { validation: { inputs } },
    'ERR_OPTION',
    /for validation\.targets but received undefined/,
  ],
  [
    'validation misspelt',
    { validation: { inputs, target: targets } },
    'ERR_OPTION',
    /"target" of validation\. Did you mean "targets"\?/,
  ],
  [
    'validation of other columns',
    { validation: { inputs: [[1]], targets: [[1, 2]] } },
    'ERR_SHAPE',
    /Expected 3 columns for validation\.inputs, as in inputs, but received 1/,
  ],
  [
    'another metric',
    { validation: 0.2, validationMetric: 'mse' },
    'ERR_OPTION',
    /one of "rmse", "relativeError", "loss", "errorRate" for validationMetric.*Did you mean "rmse"/,
  ],
  [
    'an optimizer that was not called',
    { optimizer: gnvpro },
    'ERR_OPTION',
    /Call it: write gnvpro\(\) instead of gnvpro\./,
  ],
  [
    'an optimizer by name',
    { optimizer: 'adam' },
    'ERR_OPTION',
    /one of gnvpro\(…\), .*sequence\(…\) for optimizer but received "adam"/,
  ],
  [
    'a damaged description of an optimizer',
    { optimizer: { type: 'gnvpro', krylov: 3 } },
    'ERR_OPTION',
    /an object for the options of krylov/,
  ],
  [
    'negative regularisation',
    { regularization: { theta: -1 } },
    'ERR_OPTION',
    /of at least 0 for regularization\.theta but received -1/,
  ],
  [
    'regularisation as text',
    { regularization: { W: '1e-8' } },
    'ERR_OPTION',
    /for regularization\.W but received "1e-8"/,
  ],
  [
    'an unknown regularisation',
    { regularization: { w: 1 } },
    'ERR_OPTION',
    /"w" of regularization\. Did you mean "W"\?/,
  ],
  [
    'an operator of another size',
    { regularization: { theta: diagonal(5) } },
    'ERR_SHAPE',
    /an operator on 24 weights .* received 5 rows/,
  ],
  [
    'an operator of plain arrays',
    { regularization: { theta: { ...diagonal(24), values: [1] } } },
    'ERR_OPTION',
    /a Float64Array values/,
  ],
  [
    'an operator with NaN',
    { regularization: { theta: diagonal(24, Number.NaN) } },
    'ERR_NONFINITE',
    /finite values and reference/,
  ],
  [
    'an operator that is not symmetric',
    { regularization: { theta: lopsided } },
    'ERR_OPTION',
    /symmetric operator .* entry \(0, 1\) is 1 and \(1, 0\) is 0/,
  ],
  [
    'an operator on several levels',
    { levels: 2, regularization: { theta: diagonal(24) } },
    'ERR_OPTION',
    /An operator fits one depth only/,
  ],
  [
    'an unknown scaling',
    { scaling: { inputs: 'minmax' } },
    'ERR_OPTION',
    /one of "none", "standardize", "uniform", "pooled", "auto" for scaling\.inputs/,
  ],
  [
    'a scaling by zero',
    { scaling: { targets: { shift: [0, 0], scale: [1, 0] } } },
    'ERR_OPTION',
    /2 finite, non-zero numbers for scale of scaling\.targets/,
  ],
  [
    'a scaling of other columns',
    { scaling: { inputs: { shift: [0], scale: [1] } } },
    'ERR_OPTION',
    /3 finite numbers for shift of scaling\.inputs/,
  ],
  ['bias as a number', { bias: 1 }, 'ERR_OPTION', /one of true, false for bias but received 1/],
  ['no level', { levels: 0 }, 'ERR_OPTION', /an integer between 1 and 20 for levels but received 0/],
  ['half a level', { levels: 1.5 }, 'ERR_OPTION', /for levels but received 1\.5/],
  ['an unknown stop rule', { stop: { time: 3 } }, 'ERR_OPTION', /Unknown option "time" of stop\./],
  [
    'no iterations',
    { stop: { iterations: 0 } },
    'ERR_OPTION',
    /an integer of at least 1 for stop\.iterations but received 0/,
  ],
  [
    'negative seconds',
    { stop: { seconds: -1 } },
    'ERR_OPTION',
    /a number greater than 0 for stop\.seconds but received -1/,
  ],
  ['a tolerance above 1', { stop: { gradient: 2 } }, 'ERR_OPTION', /between 0 and 1 for stop\.gradient but received 2/],
  [
    'work units that are not a number',
    { stop: { workUnits: Number.NaN } },
    'ERR_OPTION',
    /for stop\.workUnits but received NaN/,
  ],
  [
    'an unknown start',
    { initialize: 'zeros' },
    'ERR_OPTION',
    /'random', 'svd' or a Float64Array of all weights for initialize/,
  ],
  [
    'a start of other length',
    { initialize: new Float64Array(3) },
    'ERR_SHAPE',
    'Expected 24 weights for initialize, as the network has, but received 3.',
  ],
  ['a start with NaN', { initialize: new Float64Array(24).fill(Number.NaN) }, 'ERR_NONFINITE', /weight 0 is NaN/],
  [
    "'svd' without a dense layer first",
    { network: tanh(), initialize: 'svd' },
    'ERR_OPTION',
    /begins with a dense layer for initialize: 'svd'/,
  ],
  [
    'a description of a model',
    { network: undefined, initial: { theta: [1] } },
    'ERR_OPTION',
    /a Model for initial but received an object with keys theta/,
  ],
  ['a negative seed', { seed: -1 }, 'ERR_OPTION', /an integer between 0 and .* for seed but received -1/],
  ['a signal that is none', { signal: { aborted: false } }, 'ERR_OPTION', /an AbortSignal for signal/],
  ['the controller for its signal', { signal: new AbortController() }, 'ERR_OPTION', /an AbortSignal for signal/],
  ['a callback that is none', { onIteration: 'log' }, 'ERR_OPTION', /a function for onIteration but received "log"/],
  ['no threads', { threads: 0 }, 'ERR_OPTION', /an integer between 1 and 256 for threads but received 0/],
];

function laidOver(more: Record<string, unknown> | null): { options: TrainOptions; called: () => boolean } {
  if (more === null) return { options: null as unknown as TrainOptions, called: () => false };
  let calls = 0;
  const all = { ...options(), onIteration: () => ++calls > 0, ...more };
  return { options: all as unknown as TrainOptions, called: () => calls > 0 };
}

function check(t: Test, error: unknown, code: string, message: RegExp | string): void {
  t.equal((error as GnvproError).code, code, code);
  t.match((error as Error).message, message);
  t.equal((error as Error).name, 'GnvproError');
}

t.test('train', async (t) => {
  for (const [what, more, code, message] of cases) {
    await t.test(what, async (t) => {
      const asynchronous = laidOver(more);
      const error = await train(asynchronous.options).then(
        () => null,
        (error: unknown) => error,
      );
      check(t, error, code, message);
      t.notOk(asynchronous.called(), 'no work was done');
      t.throws(() => trainSync(laidOver(more).options), { code }, 'trainSync refuses it too');
    });
  }
});

t.test('layers of a network that do not fit each other are named', async (t) => {
  const misfit = sequential([dense(4), residual(dense(5))]);
  const error = await train(options({ network: misfit })).catch((error: unknown) => error);
  check(
    t,
    error,
    'ERR_SHAPE',
    /residual\(dense\(5\)\): expected as many outputs as inputs but received 4 inputs, 5 outputs/,
  );
});

t.test('the dense solver for a network that cannot be assembled', async (t) => {
  const product = defineLayer({
    name: 'testProductOfWeights',
    parameters: (n) => ({ A: { shape: [n, n] }, B: { shape: [n, n] } }),
    apply: (b, x, { A, B }) => b.matmul(x, b.matmul(A, B)),
  });
  const misuse = options({ network: product(), optimizer: gnvpro({ linearSolver: 'dense' }) });
  const error = await train(misuse).catch((error: unknown) => error);
  check(t, error, 'ERR_OPTION', /linearSolver 'krylov' or 'auto' for this network/);
});

t.test('factories', async (t) => {
  const refused: [what: string, call: () => unknown, code: string, message: RegExp][] = [
    ['dense of no units', () => dense(0), 'ERR_OPTION', /an integer of at least 1 for units but received 0/],
    [
      'dense with an unknown option',
      () => dense(3, { biass: false } as object),
      'ERR_OPTION',
      /"biass" of dense\. Did you mean "bias"\?/,
    ],
    [
      'an unknown activation',
      () => dense(3, { activation: 'gelu' as 'relu' }),
      'ERR_OPTION',
      /for activation but received "gelu"/,
    ],
    [
      'an unknown initializer',
      () => dense(3, { initializer: 'zeros' as 'he' }),
      'ERR_OPTION',
      /for initializer but received "zeros"/,
    ],
    ['sequential of nothing', () => sequential([]), 'ERR_LAYER', /a non-empty array of layers for sequential/],
    [
      'sequential of a factory',
      () => sequential([tanh as never]),
      'ERR_LAYER',
      /sequential, entry 0 .* write tanh\(\)/,
    ],
    ['concat of one layer', () => concat(tanh() as never), 'ERR_LAYER', /array of layers for concat/],
    [
      'residual in no time',
      () => residual(tanh(), { time: 0 }),
      'ERR_OPTION',
      /greater than 0 for time but received 0/,
    ],
    [
      'residual back in time',
      () => residual(tanh(), { stateTimes: [1, 0] }),
      'ERR_OPTION',
      /strictly increasing times for stateTimes/,
    ],
    [
      'an unknown Jacobian',
      () => gnvpro({ jacobian: 'kaufmann' as 'kaufman' }),
      'ERR_OPTION',
      /Did you mean "kaufman"\?/,
    ],
    [
      'an unknown solver',
      () => gnvpro({ linearSolver: 'cg' as 'dense' }),
      'ERR_OPTION',
      /for linearSolver but received "cg"/,
    ],
    [
      'no Krylov vectors',
      () => gnvpro({ krylov: { maxVectors: 0 } }),
      'ERR_OPTION',
      /for krylov\.maxVectors but received 0/,
    ],
    [
      'a radius of 0',
      () => gnvpro({ trustRegion: { initialRadius: 0 } }),
      'ERR_OPTION',
      /greater than 0 for trustRegion\.initialRadius/,
    ],
    [
      'a radius that shrinks to more',
      () => gnvpro({ trustRegion: { shrink: 2 } }),
      'ERR_OPTION',
      /for trustRegion\.shrink but received 2/,
    ],
    ['lbfgs without memory', () => lbfgs({ memory: 0 }), 'ERR_OPTION', /for memory but received 0/],
    [
      'Wolfe constants in the wrong order',
      () => lbfgs({ c1: 0.5, c2: 0.1 }),
      'ERR_OPTION',
      /between 0\.5 and 1 for c2 but received 0\.1/,
    ],
    ['a layer without apply', () => defineLayer({ name: 'x' } as never), 'ERR_LAYER', /\{ name, apply \}/],
    ['a layer name twice', () => defineLayer({ name: 'dense', apply: (_, x) => x }), 'ERR_LAYER', /"dense" is taken/],
    ['a matrix of the wrong length', () => matrix([1, 2, 3], [2, 2]), 'ERR_SHAPE', /Expected 4 numbers for matrix/],
    ['a random seed below 0', () => new Random(-3), 'ERR_OPTION', /for seed but received -3/],
  ];
  for (const [what, call, code, message] of refused) t.throws(call, { name: 'GnvproError', code, message }, what);
});

t.test('a model', async (t) => {
  const { model } = trainSync(options({ stop: { iterations: 1 } }));
  await t.rejects(model.predict([[1, 2]]), { code: 'ERR_SHAPE', message: /Expected N × 3 inputs/ }, 'other columns');
  await t.rejects(model.predict(inputs, { thread: 2 } as object), {
    code: 'ERR_OPTION',
    message: /Did you mean "threads"\?/,
  });
  await t.rejects(model.evaluate(inputs, targets.slice(1)), { code: 'ERR_SHAPE', message: /Expected 8 × 2 targets/ });
  const bare = { network: undefined, initial: model };
  await t.rejects(train(options({ ...bare, network: tanh() })), { code: 'ERR_OPTION', message: /they differ/ });
  await t.rejects(train(options({ ...bare, scaling: {} })), { code: 'ERR_OPTION', message: /no scaling with initial/ });
  await t.rejects(train(options({ ...bare, initialize: 'random' })), {
    code: 'ERR_OPTION',
    message: /either initialize or initial/,
  });
  await t.rejects(train(options({ ...bare, targets: smooth(40).inputs })), {
    code: 'ERR_SHAPE',
    message: /3 inputs and 2 targets, as initial has/,
  });
  model.dispose();
  await t.rejects(model.predict(inputs), { code: 'ERR_DISPOSED' }, 'use after dispose');
  await t.rejects(train(options(bare)), { code: 'ERR_DISPOSED' }, 'a disposed model as start');
  await t.rejects(Model.load(''), { code: 'ERR_OPTION', message: /a path or a file: URL for path/ });
});

t.test('linear regression', async (t) => {
  const js = { backend: 'js' } as const;
  await t.rejects(linearRegression(inputs, targets.slice(1), js), {
    code: 'ERR_SHAPE',
    message: /as many rows of targets/,
  });
  const fit = await linearRegression(inputs, targets, js);
  t.throws(() => fit.predict([[1]]), { code: 'ERR_SHAPE', message: /Expected 3 columns of inputs/ });
});
