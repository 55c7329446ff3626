/** @file An objective in plain TypeScript: the specification of the native one, one job after the other. */
import { types } from 'node:util';
import { isShared } from '../../data/buffers.js';
import { GnvproError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { type Matrix, matrix, scaled, scaleRows, withOnes } from '../../linalg/matrix.js';
import { plus } from '../../linalg/vector.js';
import { regularizerValue } from '../../regularizer/tikhonov.js';
import type { Evaluation, Objective, ProblemDefinition, StartOfW, Timings } from '../backend.js';
import { isClosed } from '../loss.js';
import { argumentError, checkLength } from './check.js';
import { type ConvexLoss, convexLoss } from './convexLoss.js';
import { ConvexOperator } from './convexOperator.js';
import { projectConvex } from './convexProjection.js';
import { Interpreter } from './interpreter.js';
import { job } from './job.js';
import { JointOperator, jointPoint } from './jointOperator.js';
import { type NetworkDerivative, ReducedOperator } from './operator.js';
import { type Found, JsPoint } from './point.js';
import { project } from './projection.js';
import { Stopwatch } from './stopwatch.js';

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

export class JsObjective implements Objective {
  readonly problem: ProblemDefinition;
  /** For least squares, times the roots of the weights of the samples. */
  readonly #C: Matrix;
  readonly rootWeights: Float64Array | null;
  /** Null for least squares, which is projected in closed form. */
  readonly #loss: ConvexLoss | null;
  readonly #linearize: Interpreter;
  readonly #jvp: Interpreter;
  readonly #vjp: Interpreter;
  readonly stopwatch = new Stopwatch();
  passes = 0;
  /** Those that have not been dropped. */
  readonly #points = new Set<JsPoint>();
  #disposed = false;

  constructor(problem: ProblemDefinition) {
    const { programs, samples, targetColumns, loss, sampleWeights } = problem;
    checkLength(problem.inputs, samples * programs.forward.sampleInputs[0].cols, 'inputs');
    checkLength(problem.targets, samples * targetColumns, 'targets');
    if (sampleWeights !== null) checkLength(sampleWeights, samples, 'sampleWeights');
    const isJoint = problem.objective === 'joint';
    if (!isClosed(loss) && !isJoint && !(problem.alphaW > 0)) throw argumentError('alphaW above 0 for a convex loss');
    this.problem = { ...problem, inputs: own(problem.inputs) };
    const isProjected = isClosed(loss) && !isJoint;
    this.rootWeights = isProjected ? (sampleWeights?.map(Math.sqrt) ?? null) : null;
    const C = matrix(samples, targetColumns, own(problem.targets));
    this.#C = this.rootWeights === null ? C : scaleRows(scaled(C, 1), this.rootWeights);
    this.#loss = isProjected ? null : convexLoss(loss, C, sampleWeights && own(sampleWeights));
    this.#linearize = new Interpreter(programs.linearize);
    this.#jvp = new Interpreter(programs.jvp);
    this.#vjp = new Interpreter(programs.vjp);
  }

  at(x: Float64Array, start?: StartOfW): Job<JsPoint> {
    return this.job(() => {
      checkLength(x, this.#unknowns, 'x');
      if (start !== undefined) this.#checkStart(start);
      const point = this.#at(x.slice(), start);
      if (point.evaluation.finite) this.#points.add(point);
      return point;
    });
  }

  timings(): Timings {
    return { ...this.stopwatch.seconds };
  }

  get memoryBytes(): number {
    const points = Array.from(this.#points, ({ bytes }) => bytes);
    const programs = [this.#linearize, this.#jvp, this.#vjp].map((program) => program.memoryBytes);
    const data = this.problem.inputs.byteLength + this.#C.data.byteLength;
    return [...points, ...programs].reduce((sum, bytes) => sum + bytes, data);
  }

  release(): Job<void> {
    return { sync: () => this.dispose(), async: async () => this.dispose() };
  }

  dispose(): void {
    this.#disposed = true;
    for (const point of this.#points) point.drop();
  }

  // For its points.

  job<T>(work: () => T): Job<T> {
    return job(() => {
      this.checkOpen();
      this.#checkCancelled();
      return work();
    });
  }

  checkOpen(): void {
    if (this.#disposed) throw new GnvproError('ERR_DISPOSED', 'This objective has been disposed of.');
  }

  forget(point: JsPoint): void {
    this.#points.delete(point);
  }

  #checkCancelled(): void {
    if (Atomics.load(this.problem.cancelFlag, 0) !== 0) throw new GnvproError('ERR_ABORTED', 'The job was cancelled.');
  }

  get #isJoint(): boolean {
    return this.problem.objective === 'joint';
  }

  /** Of W. */
  get #columns(): number {
    return this.problem.programs.forward.sampleOutputs[0].cols + Number(this.problem.bias);
  }

  /** Length of the vectors. */
  get #unknowns(): number {
    const { weights, targetColumns } = this.problem;
    return weights + (this.#isJoint ? targetColumns * this.#columns : 0);
  }

  #at(x: Float64Array, start: StartOfW | undefined): JsPoint {
    const { samples, inputs, regularizer, weights } = this.problem;
    const theta = x.subarray(0, weights);
    const { samples: arrays, vectors } = this.#run(this.#linearize, [inputs], [theta]);
    this.passes++;
    const [features, ...residuals] = arrays;
    const Z = matrix(samples, features.length / samples, features);
    const network = this.#derivative([inputs, ...residuals], [theta, ...vectors], Z.cols);
    const projected = this.stopwatch.time('projection', () =>
      this.#isJoint ? this.#joint(Z, network, x) : this.#project(Z, network, theta, start),
    );
    const regularizationTheta = regularizerValue(regularizer, theta);
    if (projected === null || !Number.isFinite(regularizationTheta)) return new JsPoint(this, x, notFinite, null);
    const { loss, regularization: regularizationW, rank } = projected.projection;
    const inner = 'inner' in projected.projection ? projected.projection.inner : null;
    const objective = loss + regularizationTheta + regularizationW;
    const evaluation = { objective, loss, regularizationTheta, regularizationW, rank, finite: true, inner };
    const residualBytes = [...residuals, ...vectors].reduce((sum, array) => sum + array.byteLength, 0);
    return new JsPoint(this, x, evaluation, { Z, residualBytes, ...projected });
  }

  #joint(Z: Matrix, network: NetworkDerivative, x: Float64Array): Projected | null {
    const { bias, alphaW, weights, targetColumns } = this.problem;
    const Zt = bias ? withOnes(Z) : Z;
    const W = matrix(targetColumns, Zt.cols, x.subarray(weights));
    const projection = jointPoint(Zt, W, this.#loss as ConvexLoss, alphaW);
    return projection && { projection, operator: new JointOperator(network, projection, weights, Z.cols) };
  }

  #project(
    Z: Matrix,
    network: NetworkDerivative,
    theta: Float64Array,
    startOfW: StartOfW | undefined,
  ): Projected | null {
    const { bias, alphaW, jacobian, innerTolerance } = this.problem;
    if (this.#loss === null) {
      const projection = project(Z, this.#C, bias, alphaW, this.rootWeights);
      if (projection === null) return null;
      const weighted = weightedDerivative(network, this.rootWeights);
      return { projection, operator: new ReducedOperator(weighted, projection, Z.cols, alphaW, jacobian) };
    }
    const Zt = bias ? withOnes(Z) : Z;
    const start = this.#startOfW(theta, startOfW);
    const newton = { tolerance: innerTolerance, maxIterations: maxInnerIterations };
    const projection = projectConvex(Zt, this.#loss, alphaW, start, newton);
    return projection && { projection, operator: new ConvexOperator(network, projection, Z.cols, jacobian) };
  }

  /** Refuses what is no start, also where the projection needs none. */
  #checkStart(start: StartOfW): void {
    if (types.isFloat64Array(start)) {
      checkLength(start, this.problem.targetColumns * this.#columns, 'start');
      return;
    }
    const from = 'afterStepFrom' in start ? start.afterStepFrom : start;
    if (!(from instanceof JsPoint && from.objective === this))
      throw argumentError('a point of this objective for start');
    from.checkLive();
  }

  /** W as given; else that of a point, moved to first order after a step; zero where there is none. */
  #startOfW(theta: Float64Array, start: StartOfW | undefined): Matrix {
    const { targetColumns } = this.problem;
    if (start === undefined) return matrix(targetColumns, this.#columns);
    if (types.isFloat64Array(start)) return matrix(targetColumns, this.#columns, start.slice());
    const from = ('afterStepFrom' in start ? start.afterStepFrom : start) as JsPoint;
    const { projection, operator } = from.found;
    if (from === start || !(operator instanceof ConvexOperator)) return projection.W;
    const change = operator.predictedChange(plus(theta, from.x, -1));
    return matrix(targetColumns, this.#columns, plus(projection.W.data, change.data));
  }

  /** The linear programs at the point whose inputs and residuals these are. */
  #derivative(samples: Float64Array[], vectors: Float64Array[], features: number): NetworkDerivative {
    return {
      jvp: (v) => matrix(this.problem.samples, features, this.#run(this.#jvp, samples, [...vectors, v]).samples[0]),
      vjp: (cotangent) => this.#run(this.#vjp, [...samples, cotangent.data], vectors).vectors[0],
    };
  }

  #run(program: Interpreter, samples: Float64Array[], vectors: Float64Array[]) {
    this.#checkCancelled();
    return this.stopwatch.time('network', () => program.run(this.problem.samples, { samples, vectors }));
  }
}

type Projected = Pick<Found, 'projection' | 'operator'>;

/** Shared memory is read in place, as the native objective does. */
function own(array: Float64Array): Float64Array {
  return isShared(array) ? array : array.slice();
}

/** The derivative of diag(root) Z: least squares with weights is least squares in rows scaled by their roots. */
function weightedDerivative(network: NetworkDerivative, root: Float64Array | null): NetworkDerivative {
  if (root === null) return network;
  return {
    jvp: (v) => scaleRows(network.jvp(v), root),
    vjp: (cotangent) => network.vjp(scaleRows(scaled(cotangent, 1), root)),
  };
}
