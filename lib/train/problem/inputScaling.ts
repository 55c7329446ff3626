/** @file Inputs scaled by way of a backend: principal components are fitted and applied off the main thread. */
import type { Backend } from '../../backend/backend.js';
import { sharedArray } from '../../data/buffers.js';
import type { Matrix } from '../../data/matrix.js';
import { scaled } from '../../data/scaled.js';
import {
  type ChosenScaling,
  checkFitted,
  divisorOf,
  fitScaling,
  isPca,
  type RotatedScaling,
  type Scaling,
} from '../../data/scaling.js';
import { type AnyMatrix, isStored, numbersOf } from '../../data/stored.js';
import type { SampleWeights } from '../../data/weights.js';
import { GnvproError } from '../../errors.js';
import { throwIfCancelled } from '../../job/cancel.js';
import { perform, type Steps } from '../../job/job.js';
import { pieces, someRows } from '../../job/rows.js';
import { ProgramBuilder } from '../../program/builder.js';
import type { Program } from '../../program/program.js';

/**
 * With X − x̄ = U diag(s) Vᵀ, principal components are the columns of V, and their deviations s/√N. Throws ERR_OPTION for
 * more components than the inputs have, ERR_NONFINITE for inputs that are too large.
 */
export function* fitInputScaling(
  option: ChosenScaling,
  m: AnyMatrix,
  weights: SampleWeights,
  backend: Backend,
  cancelFlag: Int32Array,
): Steps<Scaling> {
  if (!isPca(option)) return yield* fitScaling(option, m, weights, cancelFlag);
  const { components } = option;
  const [rows, d] = m.shape;
  const job = backend.principalComponents(rows, numbersOf(m), components, weights, cancelFlag);
  const { mean, deviations, Vt } = yield* perform(job);
  checkFitted(mean, deviations);
  checkRank(components, rankOf(deviations, m.shape));
  return {
    shift: mean,
    scale: new Float64Array(d).fill(divisorOf(deviations[0])),
    rotation: leadingColumns(Vt, d, components),
  };
}

/** Inputs that are constant up to rounding have no directions. */
function rankOf(deviations: Float64Array, [rows, cols]: Matrix['shape']): number {
  const negligible = Math.max(rows, cols) * Number.EPSILON * deviations[0];
  return deviations.filter((value) => value > negligible).length;
}

function checkRank(components: number, rank: number): void {
  if (components <= rank) return;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected at most ${rank} for components of scaling.inputs, the rank of the centred inputs, but received ${components}.`,
  );
}

/** d × k from the rows of Vᵀ, each with the sign that makes its largest entry positive. */
function leadingColumns(Vt: Float64Array, d: number, k: number): Float64Array {
  const V = new Float64Array(d * k);
  for (let j = 0; j < k; j++) {
    const v = Vt.subarray(j * d, (j + 1) * d);
    const sign = Math.sign(v[largestEntry(v)]);
    for (let i = 0; i < d; i++) V[i * k + j] = sign * v[i];
  }
  return V;
}

/** The first of those that are equal up to rounding, so that the sign does not depend on it. */
function largestEntry(v: Float64Array): number {
  const most = v.reduce((size, x) => Math.max(size, Math.abs(x)), 0);
  return v.findIndex((x) => Math.abs(x) >= (1 - 1e-8) * most);
}

/** The rows of m scaled and rotated to k components, N × k: on the memory of m, where it has some. */
export function* projected(
  scaling: RotatedScaling,
  m: AnyMatrix,
  backend: Backend,
  threads: number,
  cancelFlag: Int32Array,
): Steps<Matrix> {
  const [rows, d] = m.shape;
  const k = scaling.rotation.length / d;
  const data = isStored(m) ? sharedArray(rows * k) : m.data;
  const runner = backend.prepare(scalingProgram(scaling));
  for (const [begin, end] of pieces(rows, d)) {
    throwIfCancelled(cancelFlag);
    const X = someRows(m, begin, end);
    const { samples } = yield* perform(runner.run(end - begin, { samples: [X], vectors: [] }, threads));
    data.set(samples[0], begin * k); // k ≤ d: over what is read already
  }
  return { data: data.subarray(0, rows * k), shape: [rows, k] };
}

function scalingProgram(scaling: Scaling): Program {
  const b = new ProgramBuilder('scaling');
  const X = b.sampleInput(b.declareSamples('X', scaling.shift.length));
  b.declareSampleOutput('scaled', scaled(b, X, scaling));
  return b.build();
}
