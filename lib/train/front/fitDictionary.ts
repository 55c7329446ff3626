/**
 * @file The filters of a patch dictionary from patches: ZCA whitening (Bell & Sejnowski 1997), k-means or patches
 * themselves, and both in one matrix.
 */
import type { Backend } from '../../backend/backend.js';
import { throwIfCancelled } from '../../job/cancel.js';
import { perform, type Steps } from '../../job/job.js';
import { pieces } from '../../job/rows.js';
import { symmetricEigen } from '../../linalg/eigen.js';
import { product } from '../../linalg/matmul.js';
import { matrix } from '../../linalg/matrix.js';
import type { Filters, PatchDictionary } from '../../network/patchDictionary.js';
import { ProgramBuilder } from '../../program/builder.js';
import type { Program } from '../../program/program.js';
import type { Random } from '../../random.js';
import { chosenInOrder } from './drawn.js';
import { sphericalMeans, toLengthOne } from './kmeans.js';

export interface Machine {
  readonly backend: Backend;
  readonly threads: number;
  readonly cancelFlag: Int32Array;
}

/** Of P patches, P × n, which are normalised where they lie. K = D W and c = −K μ. */
export function* fitDictionary(
  P: Float64Array,
  n: number,
  dictionary: PatchDictionary,
  random: Random,
  machine: Machine,
): Steps<Filters> {
  const { filters, epsilon, whitening } = dictionary;
  normalizePatches(P, n, epsilon);
  const mean = takeMean(P, n);
  const W = whiteningOf(yield* covarianceOf(P, n, machine), n, whitening);
  const whiten = machine.backend.prepare(productProgram(n, n));
  const white = function* (X: Float64Array): Steps<Float64Array> {
    throwIfCancelled(machine.cancelFlag);
    const arrays = { samples: [X], vectors: [W] };
    return (yield* perform(whiten.run(X.length / n, arrays, machine.threads))).samples[0];
  };
  for (const [begin, end] of pieces(P.length / n, n)) {
    const X = P.subarray(begin * n, end * n);
    X.set(yield* white(X.slice()));
  }
  const D = yield* directions(P, n, dictionary, random, machine);
  const K = product(matrix(filters, n, D), matrix(n, n, W)).data;
  const c = Float64Array.from({ length: filters }, (_, k) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum -= K[k * n + j] * mean[j];
    return sum;
  });
  return { K, c };
}

/** The rows of D, from whitened patches. */
function* directions(
  P: Float64Array,
  n: number,
  { method, filters, iterations }: PatchDictionary,
  random: Random,
  { backend, threads, cancelFlag }: Machine,
): Steps<Float64Array> {
  if (method === 'patches') {
    const D = new Float64Array(filters * n);
    chosenInOrder(P.length / n, filters, random).forEach((row, k) => {
      D.set(P.subarray(row * n, (row + 1) * n), k * n);
    });
    toLengthOne(D, n);
    return D;
  }
  const runner = backend.prepare(productProgram(n, filters));
  const scores = function* (X: Float64Array, D: Float64Array): Steps<Float64Array> {
    throwIfCancelled(cancelFlag);
    return (yield* perform(runner.run(X.length / n, { samples: [X], vectors: [D] }, threads))).samples[0];
  };
  const parts = function* () {
    for (const [begin, end] of pieces(P.length / n, Math.max(n, filters))) yield P.slice(begin * n, end * n);
  };
  return yield* sphericalMeans(parts, [filters, n], iterations, random, scores);
}

/** Each patch less its mean, by √(variance + ε). */
function normalizePatches(P: Float64Array, n: number, epsilon: number): void {
  for (let begin = 0; begin < P.length; begin += n) {
    const p = P.subarray(begin, begin + n);
    const mean = p.reduce((sum, value) => sum + value, 0) / n;
    let squares = 0;
    for (let j = 0; j < n; j++) {
      p[j] -= mean;
      squares += p[j] * p[j];
    }
    const deviation = Math.sqrt(squares / n + epsilon);
    for (let j = 0; j < n; j++) p[j] /= deviation;
  }
}

/** The mean of the rows, which they are less by now. */
function takeMean(P: Float64Array, n: number): Float64Array {
  const rows = P.length / n;
  const mean = new Float64Array(n);
  for (let i = 0; i < P.length; i++) mean[i % n] += P[i];
  for (let j = 0; j < n; j++) mean[j] /= rows;
  for (let i = 0; i < P.length; i++) P[i] -= mean[i % n];
  return mean;
}

/** n × n */
function* covarianceOf(P: Float64Array, n: number, { backend, threads, cancelFlag }: Machine): Steps<Float64Array> {
  const runner = backend.prepare(squareProgram(n));
  const C = new Float64Array(n * n);
  for (const [begin, end] of pieces(P.length / n, n)) {
    throwIfCancelled(cancelFlag);
    const arrays = { samples: [P.slice(begin * n, end * n)], vectors: [] };
    const { vectors } = yield* perform(runner.run(end - begin, arrays, threads));
    for (let i = 0; i < C.length; i++) C[i] += (vectors[0][i] * n) / P.length;
  }
  return C;
}

/** The symmetric root of (C + ε I)⁻¹. */
function whiteningOf(C: Float64Array, n: number, epsilon: number): Float64Array {
  const { values, vectors } = symmetricEigen(matrix(n, n, C));
  const scaled = vectors.data.map((v, k) => v / Math.sqrt(Math.max(0, values[Math.floor(k / n)]) + epsilon));
  return product(vectors, matrix(n, n, scaled), { ta: true }).data;
}

/** X Dᵀ of rows of n numbers and k rows of them. */
function productProgram(n: number, k: number): Program {
  const b = new ProgramBuilder('products');
  const X = b.sampleInput(b.declareSamples('X', n));
  const D = b.vectorInput(b.declareVector('D', k * n), 0, k, n);
  b.declareSampleOutput('XDᵀ', b.matmul(X, D, { tb: true }));
  return b.build();
}

/** XᵀX */
function squareProgram(n: number): Program {
  const b = new ProgramBuilder('covariance');
  const X = b.sampleInput(b.declareSamples('X', n));
  b.writeVector(b.declareVectorOutput('XᵀX', n * n), 0, b.matmul(X, X, { ta: true }));
  return b.build();
}
