/** @file Objectives on a small network, and all that can be asked of their points. */
import type { Jacobian, ObjectiveKind, StepResult } from '../../lib/backend/backend.js';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { loadNative, type NativeLoss } from '../../lib/binding.js';
import { join } from '../../lib/linalg/vector.js';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { encode } from '../../lib/program/encode.js';
import type { Program } from '../../lib/program/program.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { mixing, poisson } from '../support/losses.js';
import { normals } from '../support/numbers.js';
import { relativeError } from '../support/reference.js';
import { Walk } from '../support/walk.js';

const native = loadNative();
export const [d, targetColumns] = [3, 2];
// Weights with and without Kronecker factors, and features of a few units.
export const network = new Network(sequential([dense(4), tanh(), residual(antisymmetricDense(), { steps: 1 })]), d);
export const { linearize, jvp, vjp, forward, perSample } = network.programs;
export const theta = network.initialWeights(1);
export const moved = theta.map((x, i) => x + 0.1 * Math.sin(i));
const P = network.weights;
export const direction = normals(new Random(2), P);
export const load = (program: Program) => new native.Program(encode(program));
export const programs = { linearize: load(linearize), jvp: load(jvp), vjp: load(vjp), forward: load(forward) };
const perSampleProgram = perSample && load(perSample.program);
export const many = 1100; // two tiles, and three chunks of which the last is shorter

export interface Case {
  jacobian: Jacobian;
  alphaW: number;
  threads: number;
  samples: number;
  loss?: keyof typeof losses;
  objective?: ObjectiveKind;
}

const loaded = ({ curvature, programs }: LossDefinition): NativeLoss => {
  const [value, products] = [programs.value(targetColumns), programs.products(targetColumns)];
  return { curvature, kernel: null, value: load(value), products: load(products) };
};

const losses: Record<'softmax' | 'mixing' | 'poisson', NativeLoss> = {
  softmax: { curvature: 'sumsToZero', kernel: 'softmax' },
  mixing: loaded(mixing),
  poisson: loaded(poisson),
};

export const cases: Case[] = [
  { jacobian: 'golub-pereyra', alphaW: 1e-3, threads: 1, samples: 30 },
  { jacobian: 'kaufman', alphaW: 0, threads: 1, samples: 30 },
  { jacobian: 'golub-pereyra', alphaW: 0, threads: 2, samples: many },
  { jacobian: 'kaufman', alphaW: 1e-3, threads: 2, samples: many },
];

/** With weights of the samples. */
export const convexCases = {
  softmax: { jacobian: 'golub-pereyra', alphaW: 1e-3, threads: 1, samples: 30, loss: 'softmax' },
  softmaxTiles: { jacobian: 'kaufman', alphaW: 1e-3, threads: 2, samples: many, loss: 'softmax' },
  mixing: { jacobian: 'kaufman', alphaW: 1e-2, threads: 1, samples: 30, loss: 'mixing' },
  poissonTiles: { jacobian: 'golub-pereyra', alphaW: 1e-2, threads: 2, samples: many, loss: 'poisson' },
} satisfies Record<string, Case>;

/** In θ and W. */
export const jointCases: Case[] = [
  { objective: 'joint', jacobian: 'golub-pereyra', alphaW: 1e-3, threads: 1, samples: 30 },
  { objective: 'joint', jacobian: 'golub-pereyra', alphaW: 1e-3, threads: 2, samples: many, loss: 'softmax' },
];

/** The weights of a case, where it moves to, and a direction: θ, in a joint objective with W after it. */
export function pointsOf({ objective }: Pick<Case, 'objective'>) {
  if (objective !== 'joint') return { start: theta, next: moved, along: direction };
  const start = join(theta, normals(new Random(3), targetColumns * (network.features + 1)));
  return { start, next: start.map((x, i) => x + 0.1 * Math.sin(i)), along: normals(new Random(2), start.length) };
}

export function open({ samples, loss, ...options }: Case, cancelFlag: Int32Array | null = null): Walk {
  const random = new Random(4);
  const objective = new native.Objective({
    ...programs,
    columnsInFlight: network.programs.columnsInFlight,
    perSample: perSampleProgram,
    kronecker: perSample?.kronecker ?? null,
    perSampleColumns: perSample?.columns ?? null,
    inputs: normals(random, samples * d),
    targets: normals(random, samples * targetColumns).map(loss === undefined ? (x) => x : Math.abs),
    samples,
    targetColumns,
    weights: P,
    bias: true,
    loss: loss === undefined ? { curvature: 'identity', kernel: 'squared' } : losses[loss],
    sampleWeights: loss === undefined ? null : Float64Array.from({ length: samples }, (_, n) => n % 3),
    innerTolerance: 1e-12,
    regularizer: tikhonov(P, 1e-3),
    cancelFlag,
    ...options,
  });
  return new Walk(objective, 5);
}

export function at(walk: Walk, point: Float64Array): Walk {
  walk.moveTo(point);
  return walk;
}

export const krylov = {
  solver: 'krylov',
  maxVectors: 5,
  tolerance: 0,
  radius: 0.3,
  usePairs: true,
  multiplier: 0,
  rankTolerance: 0,
} as const;
export const assembled = { ...krylov, solver: 'dense' } as const;
export const free = { ...assembled, radius: null } as const;

/** What a step says; a second call at a point counts no products, as the first made them. */
export function told({ products: _, ...rest }: StepResult) {
  return rest;
}

/** What is the same to rounding. */
export function reached({ stepNorm, radius, relativeResidual, onBoundary }: StepResult) {
  return { onBoundary, near: Math.abs(stepNorm - radius) <= 1e-12 * radius, solved: relativeResidual < 1e-9 };
}

/**
 * Whether two answers say the same to rounding, how W was found left out: an iteration that has failed may leave a
 * factor of H_W which the next one begins with.
 */
export function near(a: unknown, b: unknown): boolean {
  if (typeof b === 'number') return typeof a === 'number' && Math.abs(a - b) <= 1e-6 * (1 + Math.abs(b));
  if (b instanceof Float64Array) {
    return a instanceof Float64Array && relativeError(a, b) <= 1e-6;
  }
  if (typeof b !== 'object' || b === null || typeof a !== 'object' || a === null) return a === b;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return Object.keys(y).every((key) => key === 'inner' || near(x[key], y[key]));
}

/** From where the walk stands to two other points, and all that can be asked there. */
export function goOn(walk: Walk, { start, next, along } = pointsOf({})) {
  const seen = [];
  for (const point of [next, start]) {
    const evaluation = walk.moveTo(point);
    const steps = [told(walk.step(krylov)), told(walk.step(free))];
    seen.push(evaluation, walk.W(), walk.gradient(), steps, walk.hessianProduct(along), walk.features());
  }
  return seen;
}
