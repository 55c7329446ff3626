/** @file How jobs describe optimizers. */
import { anyOf, boolean, integer, list, number, object, ref, type Schema, words } from '../validate/schema.js';
import { byType, typed } from './types.js';

const share = (usual: number, description: string) => number({ minimum: 0, maximum: 1, default: usual, description });

const memory = integer({ minimum: 1, maximum: 1000, default: 20, description: 'Accepted steps that are remembered.' });

const initialW = words(['projected', 'random'], {
  default: 'projected',
  description: 'Where the last layer begins for methods that do not project it out.',
});

const krylov = {
  preconditioner: words(['pairs', 'none'], {
    default: 'pairs',
    description: 'Krylov only: the L-BFGS inverse of the last accepted steps, or none.',
  }),
  memory,
  krylov: object(
    {
      maxVectors: integer({
        minimum: 1,
        maximum: 1000,
        description: 'Vectors of the space (default 6 for gnvpro with the preconditioner, else 20).',
      }),
      tolerance: share(0.01, 'On the relative residual.'),
    },
    { description: 'Of the Krylov space.' },
  ),
};

const trustRegion = object(
  {
    initialRadius: anyOf([number({ exclusiveMinimum: 0 }), { type: 'null' }], {
      default: null,
      description: 'Δ₀; null for the length of the first unconstrained step.',
    }),
    reject: share(1e-4, 'Steps with ρ below this are rejected.'),
    shrinkBelow: share(0.1, 'ρ below this shrinks Δ.'),
    growAbove: number({ minimum: 0, default: 0.75, description: 'ρ above this grows Δ.' }),
    shrink: number({ minimum: 0.01, maximum: 0.99, default: 0.5, description: 'Factor of a shrinking Δ.' }),
    grow: number({ minimum: 1, default: 1.5, description: 'Factor of a growing Δ.' }),
  },
  { description: 'Constants of the trust region.' },
);

const batches = anyOf(
  [
    object(
      {
        size: integer({ minimum: 1, description: 'Samples of a batch.' }),
        iterations: integer({ minimum: 1, default: 3, description: 'Iterations on each.' }),
        epochs: integer({ minimum: 1, default: 2, description: 'Passes over the batches, on each level.' }),
      },
      { required: ['size'] },
    ),
    { type: 'null' },
  ],
  { default: null, description: 'A few iterations on each of a sequence of large batches; null for all samples.' },
);

const schedule = anyOf(
  [
    words(['constant']),
    object(
      {
        type: words(['constant', 'step', 'cosine'], { description: 'Which schedule.' }),
        every: integer({ minimum: 1, description: 'step: epochs between two steps.' }),
        factor: number({
          exclusiveMinimum: 0,
          maximum: 1,
          default: 0.5,
          description: 'step: of the learning rate at each step.',
        }),
        epochs: integer({ minimum: 1, description: 'cosine: epochs of the descent.' }),
        final: share(0, 'cosine: the last learning rate relative to the first.'),
      },
      { required: ['type'] },
    ),
  ],
  { description: 'Of the learning rate over the epochs (default constant).' },
);

const miniBatch = {
  learningRate: number({
    exclusiveMinimum: 0,
    description: 'Learning rate (default 1e-2 for sgd, 1e-3 for adam and slimTrain).',
  }),
  schedule,
  batchSize: integer({ minimum: 1, default: 32, description: 'Samples of a mini-batch.' }),
  initialW,
};

const adam = {
  ...miniBatch,
  beta1: number({ minimum: 0, maximum: 0.9999, default: 0.9, description: 'Memory of the mean of the gradient.' }),
  beta2: number({
    minimum: 0,
    maximum: 0.999999,
    default: 0.999,
    description: 'Memory of the mean square of the gradient.',
  }),
  epsilon: number({
    exclusiveMinimum: 0,
    maximum: 1,
    default: 1e-8,
    description: 'Added to the root of the mean square.',
  }),
};

const stage = object(
  {
    optimizer: ref('optimizer'),
    stop: object(
      {
        iterations: integer({ minimum: 1, description: 'Iterations of the stage.' }),
        workUnits: number({ exclusiveMinimum: 0, description: 'Work units of the stage.' }),
        patience: integer({ minimum: 1, description: 'Accepted iterations without a better validation metric.' }),
      },
      { description: 'Where the stage ends, besides where the training does.' },
    ),
  },
  { required: ['optimizer'] },
);

/** By their types. */
const optimizers: Record<string, Schema> = {
  gnvpro: typed({
    jacobian: words(['golub-pereyra', 'kaufman'], {
      default: 'kaufman',
      description: "Full derivative of the projection, or Kaufman's, which is cheaper.",
    }),
    linearSolver: words(['auto', 'dense', 'krylov'], {
      default: 'auto',
      description: 'Assembled matrix or matrix-free Krylov space; auto: the matrix where it is worth its operations.',
    }),
    ...krylov,
    dense: object(
      {
        rankTolerance: number({
          minimum: 0,
          maximum: 0.5,
          default: 0,
          description: 'Leaves out directions of the outputs of less than this share.',
        }),
      },
      { description: 'Of the assembled matrix.' },
    ),
    trustRegion,
    batches,
  }),
  gaussNewton: typed({ ...krylov, trustRegion, batches, initialW }),
  lbfgs: typed({
    objective: words(['reduced', 'joint'], {
      default: 'reduced',
      description: 'The last layer projected out, or moved with the other weights.',
    }),
    memory,
    c1: number({
      exclusiveMinimum: 0,
      maximum: 1,
      default: 1e-4,
      description: 'Sufficient decrease of the strong Wolfe conditions.',
    }),
    c2: share(0.9, 'Curvature of the strong Wolfe conditions.'),
    maxEvaluations: integer({ minimum: 2, default: 20, description: 'Evaluations of one line search.' }),
    initialW,
  }),
  sgd: typed({
    ...miniBatch,
    momentum: number({ minimum: 0, maximum: 0.9999, default: 0.9, description: 'Momentum.' }),
    nesterov: boolean({ default: true, description: 'Whether the gradient is taken where the momentum leads.' }),
  }),
  adam: typed(adam),
  slimTrain: typed({
    ...adam,
    memoryDepth: integer({
      minimum: 0,
      maximum: 1000,
      default: 5,
      description: 'Batches before the present one that the update of the last layer remembers.',
    }),
    regularization: words(['sampledGcv', 'constant'], {
      default: 'sampledGcv',
      description: 'How the updates of the last layer are regularised.',
    }),
    lambda: anyOf([number({ exclusiveMinimum: 0 }), { type: 'null' }], {
      default: null,
      description: 'Of the first updates; null for regularization.W.',
    }),
    bounds: list(number({ exclusiveMinimum: 0 }), {
      minItems: 2,
      maxItems: 2,
      default: [1e-7, 1e3],
      description: 'Of the sum of all, where it is chosen.',
    }),
  }),
  sequence: typed(
    {
      stages: list(stage, {
        minItems: 1,
        description: 'Methods one after the other: { optimizer, stop: { iterations, workUnits, patience } } each.',
      }),
    },
    ['stages'],
  ),
};

const types = Object.fromEntries(Object.keys(optimizers).map((name) => [name, name]));

export const optimizerDefinitions: Record<string, Schema> = {
  optimizer: {
    type: 'object',
    required: ['type'],
    properties: { type: words(Object.keys(optimizers), { description: 'Which optimizer.' }) },
    allOf: byType(types),
  },
  ...optimizers,
};
