/** @file The seam between the outer loop and what executes: `native` (the product) and `js` (the specification). */

import type { Numbers } from '../data/stored.js';
import type { Job } from '../job/job.js';
import type { NetworkPrograms } from '../network/network.js';
import type { Program } from '../program/program.js';
import type { QuadraticRegularizer } from '../regularizer/quadratic.js';
import type { LossDefinition } from './loss.js';
import type { Pairs } from './pairs.js';

export const jacobians = ['golub-pereyra', 'kaufman'] as const;
export type Jacobian = (typeof jacobians)[number];

/** Of a network's numbers while it trains. */
export const precisions = ['float64', 'float32'] as const;
export type Precision = (typeof precisions)[number];

/** `reduced`: φ(θ), W projected out (default). `joint`: Φ(θ, W), in which W is an unknown beside θ. */
export type ObjectiveKind = 'reduced' | 'joint';

/**
 * Where products find what does not move with the direction: stored with a row a sample, or computed again tile by tile,
 * where least squares keep no array of N rows at all. See Backend.recomputes.
 */
export type DerivativesKind = 'stored' | 'recomputed';

/** Everything that defines the objective on the training data. */
export interface ProblemDefinition {
  readonly objective?: ObjectiveKind;
  /** Default: stored. The bits are the same. */
  readonly derivatives?: DerivativesKind;
  readonly programs: NetworkPrograms;
  /** P */
  readonly weights: number;
  /**
   * N × d row-major, scaled as the model scales them. Not copied where it lies on shared memory; what is stored is read tile
   * by tile. A Float32Array asks for a network in single precision; see Runner.runSingle.
   */
  readonly inputs: Numbers | Float32Array;
  /** N × t row-major, scaled. The same holds. */
  readonly targets: Numbers;
  /** N */
  readonly samples: number;
  /** t */
  readonly targetColumns: number;
  /** Whether Z̃ = [Z 1]; the bias is W's last column. */
  readonly bias: boolean;
  readonly loss: LossDefinition;
  /**
   * Weights ω of the samples in the loss, or null for ones: of mean 1 over all samples of a training, so that N stands
   * for Σω, and part of them estimates the whole. The same holds.
   */
  readonly sampleWeights: Float64Array | null;
  /** Above 0 where another loss than least squares is projected. */
  readonly alphaW: number;
  /** Of the projection of a convex loss: on ‖∇_W‖ relative to its value at W = 0. */
  readonly innerTolerance: number;
  readonly regularizer: QuadraticRegularizer;
  readonly jacobian: Jacobian;
  readonly threads: number;
  /** Non-zero cancels the running job of the objective or of its points; polled inside. */
  readonly cancelFlag: Int32Array;
}

/** The objective at one point; objective = loss + regularizationTheta + regularizationW. */
export interface Evaluation {
  readonly objective: number;
  /** (1/N) Σ ω ℓ; for least squares ℓ = ½ ‖s − c‖². */
  readonly loss: number;
  readonly regularizationTheta: number;
  readonly regularizationW: number;
  /** Rank of the projected problem: the numerical rank of Z̃ for α_W = 0, all columns of Z̃ for α_W > 0. */
  readonly rank: number;
  /** False where the features or the objective are not finite; the numbers are then meaningless. */
  readonly finite: boolean;
  /** How W was found; null where it is a formula (least squares) or given (joint). */
  readonly inner: InnerRecord | null;
}

export const innerStatuses = ['converged', 'rounding', 'iterationLimit', 'stalled'] as const;

/** Newton's method for W at one θ. */
export interface InnerRecord {
  readonly iterations: number;
  /** Of conjugate gradients, over all iterations. */
  readonly krylovIterations: number;
  /** ‖∇_W‖ relative to its value at W = 0. */
  readonly gradientNorm: number;
  readonly seconds: number;
  /** `rounding`: the gradient cannot get smaller in these numbers; the last two are failures. */
  readonly status: (typeof innerStatuses)[number];
}

export interface StepOptions {
  readonly solver: 'krylov' | 'dense';
  /** Krylov: at most this many vectors, and the relative residual at which to stop. */
  readonly maxVectors: number;
  readonly tolerance: number;
  /** Trust-region radius; null for the unconstrained step, whose length becomes the radius. */
  readonly radius: number | null;
  /** Dense: the multiplier of the last step, where the next one to the boundary is sought from; 0 at first. */
  readonly multiplier: number;
  /** Dense: eigenvalues of WᵀW up to this share of the largest are left out of H; 0 for H itself. */
  readonly rankTolerance: number;
}

/** The minimiser s of the quadratic model in the ball: (H + λI)s = −g within the space, λ ≥ 0, λ(Δ − ‖s‖) = 0. */
export interface StepResult {
  readonly step: Float64Array;
  readonly stepNorm: number;
  readonly predictedReduction: number;
  readonly radius: number;
  readonly onBoundary: boolean;
  readonly multiplier: number;
  /** Krylov vectors in the space. */
  readonly vectors: number;
  readonly relativeResidual: number;
  /** Products H·v made by this call; 0 when the space is used again. */
  readonly products: number;
  /** Factorisations made by this call (dense). */
  readonly factorizations: number;
}

/** Seconds since creation. */
export interface Timings {
  readonly network: number;
  readonly projection: number;
  readonly krylov: number;
  readonly dense: number;
}

/** What an objective has cost so far. */
export interface Meter {
  /** Of the network over the samples: one by an evaluation or a gradient, two by a product with H. */
  readonly passes: number;
  /** At present; 0 before the first evaluation, which takes the memory. */
  readonly memoryBytes: number;
  timings(): Timings;
}

/** The factor of H_W, the Hessian for the row-major vec(W), of order tm. */
export interface InnerFactor {
  /** H_W⁻¹, or the pseudo-inverse where features are dependent. */
  readonly inverse: Float64Array;
  /** tr(S_n (I ⊗ z̃_n)ᵀ H_W⁻¹ (I ⊗ z̃_n))/N by sample: their sum is the number of weights that the data determine. */
  readonly leverages: Float64Array;
  /** Over the directions that are not left out; NaN where H_W is too large for a factor. */
  readonly logDeterminant: number;
}

/** What H_W tells of the posterior of W at given θ; NaN where it is too large for a factor. */
export interface InnerLaplace {
  /** tr H_W⁻¹ */
  readonly innerTrace: number;
  /** log |H_W| */
  readonly innerLogDeterminant: number;
}

/**
 * What the Gauss–Newton matrix of θ and W tells of their posterior by Laplace's method. Its Schur complement is H of
 * Kaufman's Jacobian, whatever that of the steps is.
 */
export interface Laplace extends InnerLaplace {
  /** diag H (P) */
  readonly diagonal: Float64Array;
  /** diag H⁻¹ */
  readonly inverseDiagonal: Float64Array;
  /** log |H| */
  readonly logDeterminant: number;
  /** ∂ log |H|/∂α_W at given θ and W: tr H⁻¹(∂H/∂α_W). */
  readonly slope: number;
}

/**
 * Roots of the covariance of θ and W by Laplace's method, times the precision βN: Σ_k d_k d_kᵀ + blkdiag(0, diag(s²) ⊗
 * TTᵀ), d_k being column k of V and the dW that follows it. VVᵀ = H⁻¹H_sH⁻¹, H of Kaufman's Jacobian, and H_s the same
 * with the rows of W times the noise s of their outputs, relative to that which H was made for: the covariance of
 * estimates that took it for equal (docs/math.md#noise-by-output). For s = 1 it is H⁻¹.
 */
export interface PosteriorRoots {
  /** V by columns, upper triangular: k + 1 numbers of column k. */
  readonly theta: Float64Array;
  /** dW along each column: P × t × m. */
  readonly changesOfW: Float64Array;
  /** T, m × m, TTᵀ = G⁻¹: of W at given θ. */
  readonly W: Float64Array;
}

/**
 * Where the iteration for W of a convex loss begins: at W itself (t × m), at the W of a point, or where that goes to first
 * order with the last step from a point.
 */
export type StartOfW = Float64Array | Point | { readonly afterStepFrom: Point };

/**
 * φ or Φ on some samples. One job at a time, of it or of its points. Its vectors x are θ, or [θ ; vec W] of a joint
 * objective (W t × m, row-major).
 */
export interface Objective extends Meter {
  /** The network with residuals at x, then the projection; W begins at zero without a `start`. */
  at(x: Float64Array, start?: StartOfW): Job<Point>;
  /** Another α_W and another regulariser of θ from now on: the points so far are refused with ERR_DISPOSED. */
  regularize(alphaW: number, regularizer: QuadraticRegularizer): void;
  /** Gives the memory back, on the calling thread; nothing else may follow, of its points neither. */
  dispose(): void;
  /** The same as a job: much memory takes a while. */
  release(): Job<void>;
}

/**
 * Everything known at one x. Its memory, which grows with the samples, comes from a pool of the objective: what is dropped
 * serves the next point. All but x and the evaluation is refused with ERR_DISPOSED after that, and with ERR_NONFINITE where
 * the evaluation is not finite.
 */
export interface Point {
  readonly x: Float64Array;
  readonly evaluation: Evaluation;
  /** The gradient (exact for either Jacobian), computed once. */
  gradient(): Job<Float64Array>;
  /**
   * Solves the trust-region problem here; the space is built once. `memory`: steps of which the preconditioner is made, or
   * null for none.
   */
  step(options: StepOptions, memory: Pairs | null): Job<StepResult>;
  /** H·v, regulariser included. */
  hessianProduct(v: Float64Array): Job<Float64Array>;
  /** dW along v (P) by Kaufman's Jacobian, t × m, where W is projected out. */
  changeOfW(v: Float64Array): Job<Float64Array>;
  /** The same holds. */
  innerLaplace(): Job<InnerLaplace>;
  /**
   * T with TTᵀ = H_W⁻¹, row-major: m × m where H_W is I ⊗ G (least squares), t of them where outputs do not mix, else
   * tm × tm, upper triangular but for least squares. Null where H_W is too large for a factor. The same holds.
   */
  innerRoot(): Job<Float64Array | null>;
  /**
   * Of least squares with W projected out; null where H is not positive definite to rounding. The next dense step with
   * Kaufman's Jacobian from the same θ takes its H from here where α_W is between half and twice as large by then: changed as
   * the regulariser has, and to first order in α_W at this W.
   */
  laplace(): Job<Laplace | null>;
  /** The same holds. `noise`: s of each output, above 0. */
  posterior(noise: Float64Array): Job<PosteriorRoots | null>;
  /** t × m */
  W(): Float64Array;
  /** What the next two give is there from now on; before that it may not be where derivatives are recomputed. */
  keepRows(): Job<void>;
  /** Z, N × w */
  features(): Float64Array;
  /** R: ∂ℓ/∂S by row with its weight, N × t; for least squares Z̃Wᵀ − C, each row times its weight. */
  residual(): Float64Array;
  /** Gives its memory to the next point. */
  drop(): void;
}

/** The derivatives behind a step, for tests: not tuned. */
export interface Derivatives extends Pick<Point, 'hessianProduct'> {
  /** J v of the stack [S ; Wᵀ], (N + m) × t, S = Z̃Wᵀ, and its transpose applied to such a stack. */
  jacobianProduct(v: Float64Array): Job<Float64Array>;
  jacobianTransposeProduct(u: Float64Array): Job<Float64Array>;
  /** H as a square matrix. */
  denseHessian(): Job<Float64Array>;
  /** What is known of H_W, the Hessian for W; null where W is given. */
  innerFactor(): Job<InnerFactor | null>;
}

/** Arrays a program reads or writes. */
export interface ProgramArrays<Samples = Float64Array> {
  readonly samples: Samples[];
  readonly vectors: Float64Array[];
}

/** A program made ready to run. */
export interface Runner {
  run(samples: number, arrays: ProgramArrays, threads?: number): Job<ProgramArrays>;
  /**
   * In single precision: values of samples are floats, as are fixed values where an instruction for samples reads them.
   * All others are doubles, and so are sums over samples, but for the share of some samples.
   */
  runSingle(samples: number, arrays: ProgramArrays<Float32Array>, threads?: number): Job<ProgramArrays<Float32Array>>;
  /** S = Z̃Wᵀ (samples × t) for the program `forward` of a network. */
  predict(
    samples: number,
    inputs: Float64Array,
    theta: Float64Array,
    W: Float64Array,
    options: PredictOptions,
  ): Job<Float64Array>;
}

export interface PredictOptions {
  readonly targetColumns: number;
  readonly bias: boolean;
  readonly threads: number;
  readonly cancelFlag: Int32Array;
}

/** How columns were centred: less mean + rest, the means to twice the precision, and divided by powers of two. */
export interface CentredColumns {
  readonly mean: Float64Array;
  readonly rest: Float64Array;
  /** About the deviation; 1 for a column that is constant up to rounding, which becomes 0. */
  readonly unit: Float64Array;
}

/**
 * R of the QR factorisation of [X − x̄, T − t̄], each column in its unit, each row times the root of its weight (all of
 * them relative to one): upper triangular, column-major.
 */
export interface CentredQr {
  readonly R: Float64Array;
  readonly inputs: CentredColumns;
  readonly targets: CentredColumns;
}

/** Thin: A (rows × cols) = U diag(s) Vᵀ, U rows × r, Vt r × cols, r = min(rows, cols), s descending; row-major. */
export interface Svd {
  readonly U: Float64Array;
  readonly s: Float64Array;
  readonly Vt: Float64Array;
}

/** Of the centred columns of an N × d matrix. */
export interface PrincipalComponents {
  readonly mean: Float64Array;
  /**
   * s/√Σω of the singular values s, descending: the leading ones that were asked for, and all d where these are not
   * clearly above rounding. NaN where differences overflow.
   */
  readonly deviations: Float64Array;
  /** Their right singular vectors, components × d, row-major. */
  readonly Vt: Float64Array;
}

export interface Backend {
  readonly name: 'native' | 'js';
  /** Whether it can compute derivatives again where it is asked to: else it stores them all the same. */
  readonly recomputes: boolean;
  svd(rows: number, cols: number, A: Float64Array): Job<Svd>;
  /** X and T have `samples` rows each; `weights` are theirs, or null. */
  centredQr(
    samples: number,
    X: Numbers,
    T: Numbers,
    weights: Float64Array | null,
    cancelFlag: Int32Array,
  ): Job<CentredQr>;
  /** X has `samples` rows of at least `components` numbers. */
  principalComponents(
    samples: number,
    X: Numbers,
    components: number,
    weights: Float64Array | null,
    cancelFlag: Int32Array,
  ): Job<PrincipalComponents>;
  prepare(program: Program): Runner;
  createObjective(problem: ProblemDefinition): Objective;
  /** At one of its points. A backend may lack them. */
  derivatives?(point: Point): Derivatives;
}
