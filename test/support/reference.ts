/** @file Runs networks and objectives on both backends for comparisons with reference values. */
import type { Test } from 'tap';
import type { Backend, ProblemDefinition } from '../../lib/backend/backend.js';
import { type BackendName, backendNames, selectBackend } from '../../lib/backend/select.js';
import { noCancel } from '../../lib/job/cancel.js';
import { norm } from '../../lib/linalg/vector.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import type { Program } from '../../lib/program/program.js';
import type { QuadraticRegularizer } from '../../lib/regularizer/quadratic.js';
import { arrayOf, type Reference } from './fixtures.js';
import { Walk } from './walk.js';

/** ‖actual − expected‖ / ‖expected‖; NaN (which passes no test) where anything is not a number. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (expected.length === 0) throw new Error('Nothing to compare with');
  if (actual.length !== expected.length) throw new Error(`${actual.length} values compared with ${expected.length}`);
  const difference = norm(Float64Array.from(expected, (value, i) => actual[i] - value));
  return difference === 0 ? 0 : difference / norm(Float64Array.from(expected));
}

/** Asserts a relative error; the message carries it. */
export function close(
  t: Test,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  tolerance = 1e-10,
) {
  const error = relativeError(actual, expected);
  t.ok(error <= tolerance, `${what}: relative error ${error.toExponential(1)}, allowed ${tolerance.toExponential(1)}`);
}

/** A subtest for each backend. */
export async function onBackends(t: Test, body: (t: Test, backend: Backend, name: BackendName) => void) {
  for (const name of backendNames) await t.test(name, async (t) => body(t, selectBackend(name), name));
}

/** The derivatives of a network at one point, each by the program that the product runs. */
export class NetworkPoint {
  readonly network: Network;
  readonly Z: Float64Array;
  readonly #residuals: { samples: Float64Array[]; fixed: Float64Array };

  constructor(
    readonly backend: Backend,
    description: LayerDescription,
    readonly Y: Float64Array,
    readonly samples: number,
    readonly theta: Float64Array,
  ) {
    this.network = new Network(description, Y.length / samples);
    const primal = this.#run(this.network.programs.linearize, [Y], [theta]);
    this.Z = primal.samples[0];
    this.#residuals = { samples: primal.samples.slice(1), fixed: primal.vectors[0] };
  }

  forward(): Float64Array {
    return this.#run(this.network.programs.forward, [this.Y], [this.theta]).samples[0];
  }

  jvp(v: Float64Array): Float64Array {
    return this.#tangent(this.network.programs.jvp, [], [v]).samples[0];
  }

  vjp(u: Float64Array): Float64Array {
    return this.#tangent(this.network.programs.vjp, [u], []).vectors[0];
  }

  jvpInput(w: Float64Array): Float64Array {
    return this.#tangent(this.network.programs.jvpInput, [w], []).samples[0];
  }

  vjpInput(u: Float64Array): Float64Array {
    return this.#tangent(this.network.programs.vjpInput, [u], []).samples[0];
  }

  #tangent(program: Program, samples: Float64Array[], vectors: Float64Array[]) {
    const { samples: residuals, fixed } = this.#residuals;
    return this.#run(program, [this.Y, ...residuals, ...samples], [this.theta, fixed, ...vectors]);
  }

  #run(program: Program, samples: Float64Array[], vectors: Float64Array[]) {
    return this.backend.prepare(program).run(this.samples, { samples, vectors }).sync();
  }
}

/**
 * Compares a network with a fixture of theta, Y → Z, Jv = J_θ v, Jtu = J_θᵀ u (if there are weights), JYw = J_Y w,
 * JYtu = J_Yᵀ u. Images are stored flat: then the number of samples must be given. `ofJYw`: the tolerance of what the
 * reference has from finite differences.
 */
export async function checkPoint(
  t: Test,
  reference: Reference,
  description: LayerDescription,
  samples = reference.arrays.Y.shape[0],
  { ofJYw = 1e-10 } = {},
) {
  const array = (name: string) => arrayOf(reference, name);
  await onBackends(t, (t, backend) => {
    const point = new NetworkPoint(backend, description, array('Y'), samples, array('theta'));
    t.equal(point.network.weights, array('theta').length, 'number of weights');
    close(t, point.forward(), array('Z'), 'Z');
    close(t, point.Z, array('Z'), 'Z of the linearisation');
    if (point.network.weights > 0) {
      close(t, point.jvp(array('v')), array('Jv'), 'J v');
      close(t, point.vjp(array('u')), array('Jtu'), 'Jᵀ u');
    }
    close(t, point.jvpInput(array('w')), array('JYw'), 'J_Y w', ofJYw);
    close(t, point.vjpInput(array('u')), array('JYtu'), 'J_Yᵀ u');
  });
}

export interface WalkOptions
  extends Pick<ProblemDefinition, 'inputs' | 'targets' | 'samples' | 'alphaW' | 'regularizer'>,
    Partial<
      Pick<
        ProblemDefinition,
        'objective' | 'bias' | 'jacobian' | 'cancelFlag' | 'loss' | 'sampleWeights' | 'innerTolerance' | 'threads'
      >
    > {
  /** That the walk remembers. */
  readonly pairs?: number;
}

/** A walk for a network, plain in all that is not said. */
export function openWalk(backend: Backend, description: LayerDescription, options: WalkOptions): Walk {
  const { pairs, ...definition } = options;
  const { inputs, targets, samples } = options;
  const network = new Network(description, inputs.length / samples);
  const problem = {
    programs: network.programs,
    weights: network.weights,
    targetColumns: targets.length / samples,
    loss: leastSquares,
    sampleWeights: null,
    innerTolerance: 1e-12,
    bias: true,
    jacobian: 'golub-pereyra' as const,
    threads: 1,
    cancelFlag: noCancel(),
    ...definition,
  } satisfies ProblemDefinition;
  return Walk.on(backend, problem, pairs);
}

/** A symmetric matrix (row-major, n × n) as a regulariser ½ (θ − reference)ᵀ A (θ − reference). */
export function quadratic(A: ArrayLike<number>, n: number, reference: Float64Array | null): QuadraticRegularizer {
  const entries = Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (_, j) => j).filter((j) => A[i * n + j] !== 0),
  );
  const rowPointers = new Int32Array(n + 1);
  entries.forEach((row, i) => {
    rowPointers[i + 1] = rowPointers[i] + row.length;
  });
  const columns = Int32Array.from(entries.flat());
  const values = Float64Array.from(entries.flatMap((row, i) => row.map((j) => A[i * n + j])));
  return { rowPointers, columns, values, reference };
}

/** The transpose of a row-major matrix of `rows` rows. */
export function transposed(a: Float64Array, rows: number): Float64Array {
  const cols = a.length / rows;
  return a.map((_, i) => a[(i % rows) * cols + Math.floor(i / rows)]);
}
