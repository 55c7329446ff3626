/** @file Losses with targets for them, and weights of samples. */

import { type LossDefinition, lossCurvatures } from '../../../lib/backend/loss.js';
import { loadNative, type NativeLoss } from '../../../lib/binding.js';
import { crossEntropy } from '../../../lib/loss/crossEntropy.js';
import { leastSquares as squares } from '../../../lib/loss/leastSquares.js';
import { logistic as logisticLoss } from '../../../lib/loss/logistic.js';
import { encode } from '../../../lib/program/encode.js';
import type { Program } from '../../../lib/program/program.js';
import { onSharedMemory } from '../../support/buffers.js';
import { fullPoisson, mixing as mixingLoss, poisson as poissonLoss } from '../../support/losses.js';
import type { Choice } from './choice.js';
import { randomProgram } from './generate.js';

const native = loadNative();
const load = (program: Program) => new native.Program(encode(program));

export interface LossWithTargets {
  readonly loss: NativeLoss;
  readonly targets: Float64Array;
}

const definitions = new Map<NativeLoss, LossDefinition>();

function known(definition: LossDefinition, t: number): NativeLoss {
  const { curvature, kernel, programs } = definition;
  const loss =
    kernel === null
      ? { curvature, kernel, value: load(programs.value(t)), products: load(programs.products(t)) }
      : { curvature, kernel };
  definitions.set(loss, definition);
  return loss;
}

const leastSquares = known(squares, 0);
const softmax = known(crossEntropy, 0);
const logistic = known(logisticLoss, 0);

interface Traced {
  readonly poisson: readonly NativeLoss[];
  readonly mixing: NativeLoss;
}

const traced = new Map<number, Traced>();

function tracedOf(t: number): Traced {
  let losses = traced.get(t);
  if (losses === undefined) {
    losses = { poisson: [known(poissonLoss, t), known(fullPoisson, t)], mixing: known(mixingLoss, t) };
    traced.set(t, losses);
  }
  return losses;
}

/** For the other backend; null for random programs. */
export function definitionOf(loss: NativeLoss): LossDefinition | null {
  return definitions.get(loss) ?? null;
}

/** What has one minimum for every α_W above 0, and least squares; softmax where the outputs are many. */
export function properLoss(choice: Choice, samples: number, t: number): LossWithTargets {
  const targets = (one: () => number) => Float64Array.from({ length: samples * t }, one);
  if (t > 10) return { loss: softmax, targets: probabilities(choice, samples, t) };
  const { poisson, mixing } = tracedOf(t);
  return choice.pick<() => LossWithTargets>([
    () => ({ loss: leastSquares, targets: targets(() => choice.uniform(-1, 1)) }),
    () => ({ loss: leastSquares, targets: targets(() => choice.uniform(-1, 1)) }),
    () => ({ loss: softmax, targets: probabilities(choice, samples, t) }),
    () => ({ loss: softmax, targets: targets(() => choice.pick([0, 0, 1, 3])) }),
    () => ({ loss: logistic, targets: targets(() => choice.pick([0, 1])) }),
    () => ({ loss: logistic, targets: targets(() => choice.uniform(-1, 2)) }),
    () => ({ loss: choice.pick(poisson), targets: targets(() => choice.integer(0, 3)) }),
    () => ({ loss: mixing, targets: targets(() => choice.uniform(-1, 1)) }),
  ])();
}

/** Each row sums to 1. */
function probabilities(choice: Choice, samples: number, t: number): Float64Array {
  const rows = Array.from({ length: samples }, () => Array.from({ length: t }, () => choice.uniform(0.01, 1)));
  return Float64Array.from(
    rows.flatMap((row) => {
      const sum = row.reduce((a, b) => a + b);
      return row.map((x) => x / sum);
    }),
  );
}

/** Not convex, without a minimum, or no loss at all. */
export function wildLoss(choice: Choice, samples: number, t: number, wild = false): LossWithTargets {
  const targets = wild ? choice.wildReals(samples * t) : choice.reals(samples * t);
  const { poisson, mixing } = tracedOf(t);
  const random = (sampleInputs: number[], sampleOutputs: number[]) =>
    randomProgram(choice, { sampleInputs, sampleOutputs, vectorInputs: [], vectorOutputs: [] }, choice.integer(0, 8));
  const noLoss = (): NativeLoss => ({
    curvature: choice.pick(lossCurvatures.filter((curvature) => curvature !== 'identity')),
    kernel: null,
    value: load(random([t, t], [1, t])),
    products: load(random([t, t, t], [t])),
  });
  return { loss: choice.pick([softmax, logistic, mixing, ...poisson, noLoss(), noLoss()]), targets };
}

/** Null for ones; all of them may be 0. Some are on shared memory, where they are read in place. */
export function randomWeights(choice: Choice, samples: number): Float64Array | null {
  if (choice.chance(0.5)) return null;
  const one = choice.pick([
    () => choice.uniform(0.1, 2),
    () => choice.pick([0, 1, 2.5]),
    () => choice.integer(0, 1),
    () => 0,
  ]);
  const weights = Array.from({ length: samples }, one);
  return choice.chance(0.5) ? onSharedMemory(weights) : Float64Array.from(weights);
}

/** α_W, tiny or huge; 0 for least squares only. */
export function randomAlphaW(choice: Choice, { curvature }: NativeLoss): number {
  return choice.pick([...(curvature === 'identity' ? [0, 0] : []), 1e-300, 1e-12, 1e-8, 1e-3, 1e-3, 1e-3, 1, 1e6]);
}

export function randomTolerance(choice: Choice): number {
  return choice.pick([0, 1e-12, 1e-12, 1e-12, 1e-6, 1]);
}
