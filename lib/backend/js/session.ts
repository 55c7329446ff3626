/** @file A training session in plain TypeScript: the specification of the native one, one job after the other. */
import { types } from 'node:util';
import { isShared } from '../../data/buffers.js';
import { GnvproError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { addScaled, norm, plus } from '../../linalg/vector.js';
import type { QuadraticRegularizer } from '../../regularizer/quadratic.js';
import { multiply, regularizerGradient, regularizerValue } from '../../regularizer/tikhonov.js';
import type {
  Evaluation,
  InnerFactor,
  ProblemDefinition,
  Session,
  StartOfW,
  StepOptions,
  StepResult,
  Timings,
} from '../backend.js';
import { isClosed } from '../loss.js';
import { type ConvexLoss, convexLoss } from './convexLoss.js';
import { assemble, relativeResidual } from './dense.js';
import { DenseModel } from './denseModel.js';
import { type Eliminated, given } from './elimination.js';
import { Interpreter } from './interpreter.js';
import { job } from './job.js';
import { buildSpace, combine } from './krylov.js';
import { eliminateLinear } from './linearElimination.js';
import { eliminateByNewton } from './newtonElimination.js';
import { type NetworkDerivative, Operator } from './operator.js';
import { Pairs } from './pairs.js';
import type { Point } from './point.js';
import { Stopwatch } from './stopwatch.js';
import { minimise } from './trustRegion.js';

const notFinite: Evaluation = {
  objective: Number.NaN,
  loss: Number.NaN,
  regularizationTheta: Number.NaN,
  regularizationW: Number.NaN,
  rank: 0,
  finite: false,
  inner: null,
};

const maxInnerIterations = 200;

export class JsSession implements Session {
  #problem: ProblemDefinition;
  readonly #C: Matrix;
  readonly #loss: ConvexLoss;
  readonly #linearize: Interpreter;
  readonly #jvp: Interpreter;
  readonly #vjp: Interpreter;
  #pairs: Pairs;
  readonly #stopwatch = new Stopwatch();
  #trial: Point | null = null;
  #current: Point | null = null;
  /** Where the gradient was last computed. */
  #previous: { x: Float64Array; gradient: Float64Array } | null = null;
  /** Where the next dense step on the boundary begins to look. */
  #lastMultiplier = 0;
  #disposed = false;

  constructor(problem: ProblemDefinition) {
    const { programs, samples, targetColumns, pairs, loss, sampleWeights } = problem;
    checkLength(problem.inputs, samples * programs.forward.sampleInputs[0].cols, 'inputs');
    checkLength(problem.targets, samples * targetColumns, 'targets');
    if (sampleWeights !== null) checkLength(sampleWeights, samples, 'sampleWeights');
    checkAlphaW(problem, problem.alphaW);
    this.#problem = { ...problem, inputs: own(problem.inputs), sampleWeights: sampleWeights && own(sampleWeights) };
    this.#C = matrix(samples, targetColumns, own(problem.targets));
    this.#loss = convexLoss(loss, this.#C, this.#problem.sampleWeights);
    this.#linearize = new Interpreter(programs.linearize);
    this.#jvp = new Interpreter(programs.jvp);
    this.#vjp = new Interpreter(programs.vjp);
    this.#pairs = new Pairs(pairs);
  }

  evaluate(x: Float64Array, start?: StartOfW): Job<Evaluation> {
    return this.#job(() => {
      checkLength(x, this.#unknowns, 'x');
      this.#trial = this.#evaluate(x.slice(), start);
      return this.#trial?.evaluation ?? notFinite;
    });
  }

  accept(): void {
    this.#checkOpen();
    if (this.#trial === null) throw stateError('a finite trial point: call evaluate() before accept()');
    this.#current = this.#trial;
    this.#trial = null;
  }

  regularize(alphaW: number, regularizer: QuadraticRegularizer): void {
    this.#checkOpen();
    checkAlphaW(this.#problem, alphaW);
    this.#problem = { ...this.#problem, alphaW, regularizer };
    this.#pairs = new Pairs(this.#problem.pairs);
    this.#current = null;
    this.#trial = null;
    this.#previous = null;
  }

  gradient(): Job<Float64Array> {
    return this.#job(() => this.#gradient(this.#point()).slice());
  }

  step(options: StepOptions): Job<StepResult> {
    return this.#job(() => {
      const { solver } = options;
      return this.#stopwatch.time(solver, () =>
        solver === 'krylov' ? this.#krylovStep(options) : this.#denseStep(options),
      );
    });
  }

  hessianProduct(v: Float64Array): Job<Float64Array> {
    return this.#job(() => {
      checkLength(v, this.#unknowns, 'v');
      return this.#stopwatch.time('krylov', () => this.#hessianTimes(this.#point(), v));
    });
  }

  jacobianProduct(v: Float64Array): Float64Array {
    checkLength(v, this.#unknowns, 'v');
    return this.#point().operator.times(v).data;
  }

  jacobianTransposeProduct(u: Float64Array): Float64Array {
    const { eliminated, operator } = this.#point();
    const { rows: t, cols: m } = eliminated.W;
    const rows = this.#problem.samples + m;
    checkLength(u, rows * t, 'u');
    return operator.transposeTimes(matrix(rows, t, u));
  }

  denseHessian(): Float64Array {
    const point = this.#point();
    return point.dense?.H.data.slice() ?? assemble((v) => this.#hessianTimes(point, v), this.#unknowns).data;
  }

  innerFactor(): InnerFactor | null {
    const { factor } = this.#point().eliminated;
    if (factor === null) return null;
    return { inverse: factor.inverse().data, leverages: factor.leverages(), logDeterminant: factor.logDeterminant() };
  }

  weights(): Float64Array {
    return this.#point().x.slice(0, this.#problem.weights);
  }

  W(): Float64Array {
    return this.#point().eliminated.W.data.slice();
  }

  trialW(): Float64Array {
    this.#checkOpen();
    if (this.#trial === null) throw stateError('a finite trial point: call evaluate() before trialW()');
    return this.#trial.eliminated.W.data.slice();
  }

  residual(): Float64Array {
    return this.#point().eliminated.R.data.slice();
  }

  features(): Float64Array {
    return this.#point().Z.data.slice();
  }

  timings(): Timings {
    return { ...this.#stopwatch.seconds };
  }

  get memoryBytes(): number {
    const points = [this.#current, this.#trial].flatMap((point) => (point === null ? [] : [pointBytes(point)]));
    const programs = [this.#linearize, this.#jvp, this.#vjp].map((program) => program.memoryBytes);
    const data = this.#problem.inputs.byteLength + this.#C.data.byteLength;
    return [...points, ...programs].reduce((sum, bytes) => sum + bytes, data);
  }

  release(): Job<void> {
    return { sync: () => this.dispose(), async: async () => this.dispose() };
  }

  dispose(): void {
    this.#disposed = true;
    this.#trial = null;
    this.#current = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #job<T>(work: () => T): Job<T> {
    return job(() => {
      this.#checkOpen();
      this.#checkCancelled();
      return work();
    });
  }

  #checkOpen(): void {
    if (this.#disposed) throw new GnvproError('ERR_DISPOSED', 'This session has been disposed of.');
  }

  #checkCancelled(): void {
    if (Atomics.load(this.#problem.cancelFlag, 0) !== 0) throw new GnvproError('ERR_ABORTED', 'The job was cancelled.');
  }

  get #isJoint(): boolean {
    return this.#problem.objective === 'joint';
  }

  /** Length of the vectors. */
  get #unknowns(): number {
    const { weights, targetColumns, bias, programs } = this.#problem;
    const columns = programs.forward.sampleOutputs[0].cols + Number(bias);
    return weights + (this.#isJoint ? targetColumns * columns : 0);
  }

  #point(): Point {
    this.#checkOpen();
    if (this.#current === null) throw stateError('a current point: call evaluate() and accept() first');
    return this.#current;
  }

  /** Null where the features or the objective are not finite. */
  #evaluate(x: Float64Array, startOfW: StartOfW | undefined): Point | null {
    const { samples, inputs, regularizer, weights } = this.#problem;
    const theta = x.subarray(0, weights);
    const { samples: arrays, vectors } = this.#run(this.#linearize, [inputs], [theta]);
    const [features, ...residuals] = arrays;
    const Z = matrix(samples, features.length / samples, features);
    const network = this.#derivative([inputs, ...residuals], [theta, ...vectors], Z.cols);
    const eliminated = this.#stopwatch.time('projection', () => this.#eliminate(Z, x, startOfW));
    const regularizationTheta = regularizerValue(regularizer, theta);
    if (eliminated === null || !Number.isFinite(regularizationTheta)) return null;
    const { loss, regularization: regularizationW, rank, inner } = eliminated;
    const objective = loss + regularizationTheta + regularizationW;
    return {
      x,
      Z,
      residualBytes: [...residuals, ...vectors].reduce((sum, array) => sum + array.byteLength, 0),
      eliminated,
      operator: new Operator(network, eliminated, { ...this.#problem, features: Z.cols }),
      evaluation: { objective, loss, regularizationTheta, regularizationW, rank, finite: true, inner },
      gradient: null,
      space: null,
      dense: null,
    };
  }

  #eliminate(Z: Matrix, x: Float64Array, startOfW: StartOfW | undefined): Eliminated | null {
    const { weights, targetColumns, loss, sampleWeights, innerTolerance: tolerance } = this.#problem;
    const layer = { ...this.#problem, loss: this.#loss };
    if (this.#isJoint) {
      const W = x.subarray(weights);
      return given(Z, matrix(targetColumns, W.length / targetColumns, W), layer);
    }
    if (isClosed(loss)) return eliminateLinear(Z, this.#C, sampleWeights, layer);
    const start = this.#startOfW(x, Z.cols, startOfW);
    return eliminateByNewton(Z, start, layer, { tolerance, maxIterations: maxInnerIterations });
  }

  /** W as given; else the current one, moved to first order after a step; zero where there is none. */
  #startOfW(theta: Float64Array, features: number, start: StartOfW | undefined): Matrix {
    const { bias, targetColumns } = this.#problem;
    const columns = features + Number(bias);
    if (types.isFloat64Array(start)) {
      checkLength(start, targetColumns * columns, 'start');
      return matrix(targetColumns, columns, start.slice());
    }
    const current = this.#current;
    if (current === null) return matrix(targetColumns, columns);
    const { W } = current.eliminated;
    if (start !== 'afterStep') return W;
    const change = current.operator.changeOfW(plus(theta, current.x, -1));
    return matrix(W.rows, W.cols, plus(W.data, change.data));
  }

  /** The linear programs at the point whose inputs and residuals these are. */
  #derivative(samples: Float64Array[], vectors: Float64Array[], features: number): NetworkDerivative {
    return {
      jvp: (v) => matrix(this.#problem.samples, features, this.#run(this.#jvp, samples, [...vectors, v]).samples[0]),
      vjp: (cotangent) => this.#run(this.#vjp, [...samples, cotangent.data], vectors).vectors[0],
    };
  }

  #run(program: Interpreter, samples: Float64Array[], vectors: Float64Array[]) {
    this.#checkCancelled();
    return this.#stopwatch.time('network', () => program.run(this.#problem.samples, { samples, vectors }));
  }

  #gradient(point: Point): Float64Array {
    if (point.gradient !== null) return point.gradient;
    const { x } = point;
    const { regularizer, weights } = this.#problem;
    const gradient = point.operator.gradient();
    addScaled(gradient, 1, regularizerGradient(regularizer, x.subarray(0, weights)));
    if (this.#previous !== null) {
      this.#pairs.add(plus(x, this.#previous.x, -1), plus(gradient, this.#previous.gradient, -1));
    }
    this.#previous = { x, gradient };
    point.gradient = gradient;
    return gradient;
  }

  #hessianTimes({ operator }: Point, v: Float64Array, rankTolerance = 0): Float64Array {
    const { regularizer, weights } = this.#problem;
    const product = operator.product(v, rankTolerance);
    addScaled(product, 1, multiply(regularizer, v.subarray(0, weights)));
    return product;
  }

  #krylovStep({ maxVectors, tolerance, radius, usePairs }: StepOptions): StepResult {
    const point = this.#point();
    const g = this.#gradient(point);
    const isNew = point.space === null;
    const precondition = usePairs && this.#pairs.count > 0 ? (q: Float64Array) => this.#pairs.apply(q) : null;
    point.space ??= buildSpace((v) => this.#hessianTimes(point, v), g, { maxVectors, tolerance, precondition });
    const { basis, model, relativeResidual } = point.space;
    const { y, reduction, ...rest } = minimise(model, radius);
    return {
      ...rest,
      step: combine(basis, y, g.length),
      stepNorm: norm(y),
      predictedReduction: reduction,
      vectors: basis.length,
      relativeResidual,
      products: isNew ? basis.length : 0,
      passes: isNew ? 2 * basis.length : 0,
      factorizations: 0,
    };
  }

  /** In the whole space, with H itself. */
  #denseStep({ radius, rankTolerance }: StepOptions): StepResult {
    const point = this.#point();
    const g = this.#gradient(point);
    const isNew = point.dense === null;
    point.dense ??= new DenseModel(
      assemble((v) => this.#hessianTimes(point, v, rankTolerance), this.#unknowns),
      g,
    );
    const { y, reduction, ...rest } = point.dense.minimise(radius, this.#lastMultiplier);
    if (radius !== null) this.#lastMultiplier = rest.multiplier;
    return {
      ...rest,
      step: y,
      stepNorm: norm(y),
      predictedReduction: reduction,
      vectors: 0,
      relativeResidual: relativeResidual(point.dense.H, g, y, rest.multiplier),
      products: isNew ? g.length : 0,
      passes: isNew ? 2 * g.length : 0,
      factorizations: point.dense.factorizations,
    };
  }
}

/** Shared memory is read in place, as the native session does. */
function own(array: Float64Array): Float64Array {
  return isShared(array) ? array : array.slice();
}

function pointBytes({ x, Z, residualBytes, eliminated, space, dense }: Point): number {
  const arrays = [x, Z.data, eliminated.R.data, eliminated.Zt.data, ...(space?.basis ?? [])];
  return arrays.reduce((sum, array) => sum + array.byteLength, residualBytes + (dense?.bytes ?? 0));
}

function stateError(expected: string): GnvproError {
  return new GnvproError('ERR_STATE', `Expected ${expected}.`);
}

function argumentError(expected: string): GnvproError {
  return new GnvproError('ERR_ARGUMENT', `Expected ${expected}.`);
}

function checkAlphaW({ loss, objective }: ProblemDefinition, alphaW: number): void {
  if (!(alphaW >= 0)) throw argumentError('alphaW of at least 0');
  if (!isClosed(loss) && objective !== 'joint' && !(alphaW > 0))
    throw argumentError('alphaW above 0 for a convex loss');
}

function checkLength(array: Float64Array, length: number, name: string): void {
  if (types.isFloat64Array(array) && array.length === length) return;
  throw new GnvproError(
    'ERR_ARGUMENT',
    `Expected a Float64Array of length ${length} for ${name} but received ${array?.length} entries.`,
  );
}
