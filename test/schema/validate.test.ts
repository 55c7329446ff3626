/** @file What is wrong with a job, in words; and the published schema against the API that it describes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { checkScaling, inputScalingNames, scalingNames } from '../../lib/data/scaling.js';
import {
  adam,
  affineScaling,
  antisymmetricDense,
  conv2d,
  dense,
  doubleDense,
  doubleSymmetricConv2d,
  doubleSymmetricDense,
  gaussNewton,
  gnvpro,
  image,
  lbfgs,
  maxPool,
  normalization,
  patchDictionary,
  sequence,
  sgd,
  slimTrain,
  smoothRelu,
  tanh,
} from '../../lib/index.js';
import { validationMetrics } from '../../lib/loss/meaning.js';
import { activations } from '../../lib/network/activation.js';
import { groupings } from '../../lib/network/channels.js';
import { connectorOptionNames } from '../../lib/network/connector.js';
import { flowOptionNames, refinements } from '../../lib/network/flow.js';
import { hamiltonianOptionNames } from '../../lib/network/hamiltonian.js';
import { initializerNames } from '../../lib/network/initializer.js';
import { integrators } from '../../lib/network/integrators.js';
import { registeredTypes } from '../../lib/network/layer.js';
import { normalizationMethods } from '../../lib/network/normalization.js';
import { residualOptionNames } from '../../lib/network/residual.js';
import { optimizerNames } from '../../lib/optimizers/read.js';
import { optionNames } from '../../lib/options/options.js';
import { stopRules } from '../../lib/options/stop.js';
import { alternatives, jobSchema, resolved } from '../../lib/schema/schema.js';
import { checkJob } from '../../lib/schema/validate.js';
import type { Schema } from '../../lib/validate/schema.js';

const minimal = { inputs: 'x.npy', targets: 'y.npy', network: { type: 'tanh' } };

function problems(job: unknown): string[] {
  try {
    checkJob(job, 'job.json');
    return [];
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    if (code !== 'ERR_OPTION') throw error;
    return message.startsWith('job.json has ')
      ? message.split('\n  ').slice(1)
      : [message.replace(' (in job.json)', '')];
  }
}

t.test('jobs that are right', async (t) => {
  const network = {
    type: 'sequential',
    layers: [
      { type: 'dense', units: 8, bias: false, initializer: { scale: 0.5 } },
      { type: 'residual', layer: { type: 'antisymmetricDense' }, time: 2, steps: 4, nodes: 3 },
      { type: 'concat', layers: [{ type: 'identity' }, { type: 'smoothRelu', eta: 0.2 }] },
      { type: 'connector', K: [[1], [0.5]], b: [2] },
      { type: 'doubleSymmetricDense', units: 3, outputBias: [[1, 1]], normalization: { type: 'normalization' } },
      { type: 'hamiltonian', steps: 2, basis: [[1], [2]], bias: false },
      { type: 'doubleHamiltonian', first: { type: 'tanh' }, second: { type: 'sine' }, time: 2, refine: 'nodes' },
      { type: 'a layer of the user', anything: [1] },
    ],
  };
  const jobs = [
    minimal,
    { ...minimal, $schema: './schema.json', network },
    { ...minimal, inputs: { file: 'x.csv', columns: [0, [2, 5], 'u'], header: true, delimiter: ';' } },
    {
      ...minimal,
      split: {
        training: [0, 5],
        validation: [
          [5, 7],
          [9, 10],
        ],
        permutation: 'order.npy',
      },
    },
    { ...minimal, split: { validation: 0.2, test: 0.2, seed: 3 } },
    { ...minimal, validation: 0.2, test: { inputs: 'a.npy', targets: { file: 'b.csv' } } },
    { ...minimal, initialize: 'svd', scaling: { inputs: { shift: [0], scale: [1] }, targets: 'none' } },
    { ...minimal, scaling: { inputs: { type: 'pca', components: 3 } } },
    { ...minimal, scaling: { inputs: { shift: [0, 0], scale: [1, 1], rotation: [1, 0] } } },
    { ...minimal, initialize: { file: 'theta.npy' }, optimizer: { type: 'lbfgs', memory: 5 } },
    { ...minimal, optimizer: { type: 'gnvpro', trustRegion: { initialRadius: null, grow: 2 } } },
    { ...minimal, optimizer: gnvpro(), stop: { seconds: 1.5 } },
    { ...minimal, optimizer: { type: 'gaussNewton', batches: { size: 100, epochs: 3 } } },
    ...[gaussNewton(), lbfgs({ objective: 'joint' }), sgd(), adam(), slimTrain()].map((optimizer) => ({
      ...minimal,
      optimizer,
    })),
    {
      ...minimal,
      optimizer: sequence([{ optimizer: adam({ schedule: { type: 'step', every: 5 } }), stop: { iterations: 3 } }]),
    },
  ];
  for (const job of jobs) t.strictSame(problems(job), [], JSON.stringify(job));
});

t.test('jobs that are wrong, each with its sentence', async (t) => {
  const cases: [job: unknown, ...expected: string[]][] = [
    [[], 'Expected an object with "inputs" and "targets" for the job but received an array of length 0.'],
    [{ targets: 'y.npy' }, 'Expected "inputs" in the job but it is missing.'],
    [{ ...minimal, leves: 2 }, 'Unknown key "leves" of the job. Did you mean "levels"?'],
    [
      { ...minimal, network: { type: 'dense', units: 2, bias: [] } },
      'Expected true or false or rows of numbers for network.bias but received an array of length 0.',
    ],
    [
      { ...minimal, network: { type: 'dense', units: 2, outputBias: 'no' } },
      'Expected true or false or rows of numbers for network.outputBias but received "no".',
    ],
    [
      { ...minimal, network: { type: 'hamiltonian', steps: 0 } },
      'Expected an integer of at least 1 for network.steps but received 0.',
    ],
    [
      { ...minimal, network: { type: 'normalization', by: 'row' } },
      'Expected one of "channel", "pixel" for network.by but received "row".',
    ],
    [{ ...minimal, levels: 0 }, 'Expected an integer of at least 1 and of at most 20 for levels but received 0.'],
    [{ ...minimal, levels: '3' }, 'Expected an integer of at least 1 and of at most 20 for levels but received "3".'],
    [{ ...minimal, bias: 'no' }, 'Expected true or false for bias but received "no".'],
    [
      { ...minimal, loss: 3 },
      'Expected one of "leastSquares", "crossEntropy", "logistic" or a name for loss but received 3.',
    ],
    [{ ...minimal, inputs: 3 }, 'Expected a path or an object with "file" for inputs but received 3.'],
    [
      { ...minimal, inputs: { column: [1] } },
      'Expected "file" in inputs but it is missing.',
      'Unknown key "column" of inputs. Did you mean "columns"?',
    ],
    [
      { ...minimal, inputs: { file: 'x', columns: [-1] } },
      'Expected an integer of at least 0, a range [first, end) or a name for inputs.columns[0] but received -1.',
    ],
    [{ ...minimal, network: { units: 3 } }, 'Expected "type" in network but it is missing.'],
    [
      { ...minimal, network: { type: 'dense', unit: 3 } },
      'Expected "units" in network but it is missing.',
      'Unknown key "unit" of network. Did you mean "units"?',
    ],
    [
      { ...minimal, network: { type: 'sequential', layers: [{ type: 'tanh' }, { type: 'dense', units: 0.5 }] } },
      'Expected an integer of at least 1 for network.layers[1].units but received 0.5.',
    ],
    [
      { ...minimal, optimizer: { type: 'adamw' } },
      'Expected one of "gnvpro", "gaussNewton", "lbfgs", "sgd", "adam", "slimTrain", "sequence" for optimizer.type but received "adamw".',
    ],
    [
      { ...minimal, optimizer: { type: 'gnvpro', batches: { iterations: 2 } } },
      'Expected "size" in optimizer.batches but it is missing.',
    ],
    [
      { ...minimal, optimizer: { type: 'lbfgs', jacobian: 'kaufman' } },
      'Unknown key "jacobian" of optimizer. Known: type, objective, memory, c1, c2, maxEvaluations, initialW.',
    ],
    [
      { ...minimal, validation: 1 },
      'Expected a number greater than 0 and of at most 0.9 or an object with "inputs" and "targets" for validation but received 1.',
    ],
    [{ ...minimal, validation: { inputs: 'x.npy' } }, 'Expected "targets" in validation but it is missing.'],
    [
      { ...minimal, initialize: 'zeros' },
      'Expected one of "random", "svd" or an object with "file" for initialize but received "zeros".',
    ],
    [
      { ...minimal, scaling: { inputs: { type: 'pca' } } },
      'Expected "components" in scaling.inputs but it is missing.',
    ],
    [
      { ...minimal, scaling: { inputs: { type: 'pcs', components: 0 } } },
      'Expected "pca" for scaling.inputs.type but received "pcs".',
      'Expected an integer of at least 1 for scaling.inputs.components but received 0.',
    ],
    [
      { ...minimal, scaling: { inputs: { shift: [0], scales: [1] } } },
      'Expected "scale" in scaling.inputs but it is missing.',
      'Unknown key "scales" of scaling.inputs. Did you mean "scale"?',
    ],
    [
      { ...minimal, scaling: { inputs: 'pca' } },
      'Expected one of "none", "standardize", "uniform", "pooled", "auto" or an object with "type" and "components", or with "shift" and "scale" for scaling.inputs but received "pca".',
    ],
    [
      { ...minimal, scaling: { targets: { type: 'pca', components: 2 } } },
      'Expected "shift" in scaling.targets but it is missing.',
      'Expected "scale" in scaling.targets but it is missing.',
      'Unknown key "type" of scaling.targets. Known: shift, scale.',
      'Unknown key "components" of scaling.targets. Known: shift, scale.',
    ],
    [{ ...minimal, split: { training: [0] } }, 'Expected a range [first, end) for split.training[0] but received 0.'],
  ];
  for (const [job, ...expected] of cases) t.strictSame(problems(job), expected, JSON.stringify(job));
});

t.test('the published file is what the options give', async (t) => {
  const file = fileURLToPath(import.meta.resolve('gnvpro/job.schema.json'));
  t.strictSame(JSON.parse(readFileSync(file, 'utf8')), JSON.parse(JSON.stringify(jobSchema)));
});

t.test('the schema is valid, strictly', async (t) => {
  t.doesNotThrow(() => new Ajv2020({ strict: true }).compile(jobSchema));
});

/** Keys of an object in the schema, for the value that `type` has. */
function keys(name: string): string[] {
  return Object.keys((jobSchema.$defs as Record<string, Schema>)[name].properties as object).sort();
}

function defaults(name: string): Record<string, unknown> {
  return defaultsOf((jobSchema.$defs as Record<string, Schema>)[name]);
}

function defaultsOf({ properties }: Schema): Record<string, unknown> {
  const entries = Object.entries(properties as Record<string, Schema>).flatMap(([key, schema]) => {
    const { default: value, properties: inner } = resolved(schema);
    if (value !== undefined) return [[key, value]];
    return inner === undefined ? [] : [[key, defaultsOf(resolved(schema))]];
  });
  return Object.fromEntries(entries);
}

function enumOf(schema: Schema): unknown[] {
  return alternatives(schema).flatMap((alternative) => alternative.enum ?? []);
}

t.test('keys, choices and defaults are those of the API', async (t) => {
  const top = jobSchema.properties as Record<string, Schema>;
  const own = ['$schema', 'split', 'test', 'stream', 'crossValidate', 'ensemble', 'search']; // of jobs only
  const callbacks = ['signal', 'onIteration', 'onCheckpoint', 'baselines'];
  t.strictSame(
    Object.keys(top).sort(),
    [...optionNames.filter((name) => !callbacks.includes(name)), ...own].sort(),
    'train()',
  );
  t.strictSame(enumOf(top.validationMetric), [...validationMetrics]);
  t.strictSame(Object.keys(resolved(top.stop).properties as object).sort(), Object.keys(stopRules()).sort(), 'stop');
  t.hasStrict(stopRules(), defaultsOf(resolved(top.stop)), 'stop, defaults');
  for (const optimizer of [gnvpro(), gaussNewton(), lbfgs(), sgd(), adam(), slimTrain()]) {
    t.strictSame(keys(optimizer.type), Object.keys(optimizer).sort(), optimizer.type);
    t.hasStrict(optimizer, defaults(optimizer.type), `${optimizer.type}, defaults`);
  }
  const { type } = (jobSchema.$defs as Record<string, Schema>).optimizer.properties as Record<string, Schema>;
  t.strictSame(enumOf(type).sort(), optimizerNames.toSorted(), 'types of optimizers');
  for (const [name, layer] of Object.entries({
    dense: dense(1),
    doubleDense: doubleDense(1, 1),
    antisymmetricDense: antisymmetricDense(),
    doubleSymmetricDense: doubleSymmetricDense(1),
    affineScaling: affineScaling(),
    conv2d: conv2d(1),
    doubleSymmetricConv2d: doubleSymmetricConv2d(1),
    image: image({ height: 1, width: 1 }),
    patchDictionary: patchDictionary(1, { fitted: '' }),
    pooling: maxPool(),
    normalization: normalization(),
    smoothRelu: smoothRelu(),
  })) {
    t.strictSame(keys(name), Object.keys(layer).sort(), name);
    t.hasStrict(layer, defaults(name), `${name}, defaults`);
  }
  t.strictSame(keys('residual'), ['type', 'layer', ...residualOptionNames].sort(), 'residual');
  t.strictSame(keys('hamiltonian'), ['type', ...hamiltonianOptionNames].sort(), 'hamiltonian');
  t.strictSame(keys('doubleHamiltonian'), ['type', 'first', 'second', ...flowOptionNames].sort(), 'doubleHamiltonian');
  t.strictSame(keys('connector'), ['type', ...connectorOptionNames].sort(), 'connector');
  t.strictSame(keys('plainActivation'), Object.keys(tanh()), 'activations');
  t.strictSame(enumOf((jobSchema.$defs as Record<string, Schema>).activation).sort(), [...activations].sort());
  t.strictSame(enumOf((jobSchema.$defs as Record<string, Schema>).scaling), [...scalingNames]);
  t.strictSame(enumOf((jobSchema.$defs as Record<string, Schema>).inputScaling), [...inputScalingNames]);
  t.strictSame(
    keys('pcaScaling'),
    Object.keys(checkScaling({ type: 'pca', components: 1 }, 'scaling', 1)).sort(),
    'pca',
  );
  const given = { shift: [0], scale: [1], rotation: [1] };
  t.strictSame(keys('givenInputScaling'), Object.keys(checkScaling(given, 'scaling', 1)).sort(), 'given scaling');
  t.strictSame(enumOf((jobSchema.$defs as Record<string, Schema>).initializer), [...initializerNames]);
  const residual = resolved((jobSchema.$defs as Record<string, Schema>).residual).properties as Record<string, Schema>;
  t.strictSame(enumOf(residual.integrator), [...integrators]);
  t.strictSame(enumOf(residual.refine), [...refinements]);
  const normalized = resolved((jobSchema.$defs as Record<string, Schema>).normalization);
  const { method, by } = normalized.properties as Record<string, Schema>;
  t.strictSame(enumOf(method), [...normalizationMethods]);
  t.strictSame(enumOf(by), [...groupings]);
  const layer = (jobSchema.$defs as Record<string, Schema>).layer.properties as Record<string, Schema>;
  t.strictSame(enumOf(layer.type).sort(), registeredTypes().sort(), 'types of layers');
});
