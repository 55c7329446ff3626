/** @file An objective in plain TypeScript: the specification of the native one, one job after the other. */
import { types } from 'node:util';
import { isShared } from '../../data/buffers.js';
import { isStored, loadedNumbers, type Numbers } from '../../data/stored.js';
import type { Job } from '../../job/job.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import { plus } from '../../linalg/vector.js';
import type { Program } from '../../program/program.js';
import type { QuadraticRegularizer } from '../../regularizer/quadratic.js';
import { regularizerValue } from '../../regularizer/tikhonov.js';
import type { Evaluation, Objective, ProblemDefinition, StartOfW, Timings } from '../backend.js';
import { isClosed } from '../loss.js';
import { argumentError, checkLength } from './check.js';
import { type ConvexLoss, convexLoss } from './convexLoss.js';
import { type Eliminated, given } from './elimination.js';
import { Interpreter } from './interpreter.js';
import { eliminateLinear } from './linearElimination.js';
import { eliminateByNewton } from './newtonElimination.js';
import { type NetworkDerivative, Operator } from './operator.js';
import { JsPoint } from './point.js';
import { type LoadedProblem, ObjectiveState } from './state.js';

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
  readonly #state: ObjectiveState;
  readonly #C: Matrix;
  readonly #loss: ConvexLoss;
  readonly #linearize: Interpreter;
  readonly #jvp: Interpreter;
  readonly #vjp: Interpreter;

  constructor(problem: ProblemDefinition) {
    const { programs, samples, targetColumns, loss, sampleWeights } = problem;
    const [inputs, targets] = [own(problem.inputs), own(problem.targets)];
    checkLength(asDoubles(inputs), samples * programs.forward.sampleInputs[0].cols, 'inputs');
    checkLength(targets, samples * targetColumns, 'targets');
    if (sampleWeights !== null) checkLength(sampleWeights, samples, 'sampleWeights');
    checkAlphaW(problem, problem.alphaW);
    const weights = sampleWeights && own(sampleWeights);
    this.#state = new ObjectiveState({ ...problem, inputs, sampleWeights: weights });
    this.#C = matrix(samples, targetColumns, targets);
    this.#loss = convexLoss(loss, this.#C, weights);
    const interpreted = (program: Program) =>
      new Interpreter(program, types.isFloat32Array(inputs) ? 'float32' : 'float64');
    this.#linearize = interpreted(programs.linearize);
    this.#jvp = interpreted(programs.jvp);
    this.#vjp = interpreted(programs.vjp);
  }

  at(x: Float64Array, start?: StartOfW): Job<JsPoint> {
    return this.#state.job(() => {
      checkLength(x, this.#unknowns, 'x');
      if (start !== undefined) this.#checkStart(start);
      return this.#at(x.slice(), start);
    });
  }

  regularize(alphaW: number, regularizer: QuadraticRegularizer): void {
    this.#state.checkOpen();
    checkAlphaW(this.#problem, alphaW);
    this.#state.problem = { ...this.#problem, alphaW, regularizer };
    this.#state.known.clear();
  }

  timings(): Timings {
    return { ...this.#state.stopwatch.seconds };
  }

  get passes(): number {
    return this.#state.passes;
  }

  get memoryBytes(): number {
    const programs = [this.#linearize, this.#jvp, this.#vjp].map((program) => program.memoryBytes);
    const data = this.#problem.inputs.byteLength + this.#C.data.byteLength;
    return programs.reduce((sum, bytes) => sum + bytes, data + this.#state.pointBytes);
  }

  release(): Job<void> {
    return { sync: () => this.dispose(), async: async () => this.dispose() };
  }

  dispose(): void {
    this.#state.dispose();
  }

  get #problem(): LoadedProblem {
    return this.#state.problem;
  }

  get #isJoint(): boolean {
    return this.#problem.objective === 'joint';
  }

  /** Of W. */
  get #columns(): number {
    return this.#problem.programs.forward.sampleOutputs[0].cols + Number(this.#problem.bias);
  }

  /** Length of the vectors. */
  get #unknowns(): number {
    const { weights, targetColumns } = this.#problem;
    return weights + (this.#isJoint ? targetColumns * this.#columns : 0);
  }

  #at(x: Float64Array, start: StartOfW | undefined): JsPoint {
    const { samples, regularizer, weights } = this.#problem;
    const inputs = asDoubles(this.#problem.inputs);
    const theta = x.subarray(0, weights);
    const { samples: arrays, vectors } = this.#run(this.#linearize, [inputs], [theta]);
    this.#state.passes++;
    const [features, ...residuals] = arrays;
    const Z = matrix(samples, features.length / samples, features);
    const network = this.#derivative([inputs, ...residuals], [theta, ...vectors], Z.cols);
    const eliminated = this.#state.stopwatch.time('projection', () => this.#eliminate(Z, x, start));
    const regularizationTheta = regularizerValue(regularizer, theta);
    if (eliminated === null || !Number.isFinite(regularizationTheta))
      return new JsPoint(this.#state, x, notFinite, null);
    const { loss, regularization: regularizationW, rank, inner } = eliminated;
    const objective = loss + regularizationTheta + regularizationW;
    const evaluation = { objective, loss, regularizationTheta, regularizationW, rank, finite: true, inner };
    const residualBytes = [...residuals, ...vectors].reduce((sum, array) => sum + array.byteLength, 0);
    const operator = new Operator(network, eliminated, { ...this.#problem, features: Z.cols });
    const known = { x, Z, residualBytes, eliminated, operator, gradient: null, space: null, dense: null };
    this.#state.known.add(known);
    return new JsPoint(this.#state, x, evaluation, known);
  }

  #eliminate(Z: Matrix, x: Float64Array, start: StartOfW | undefined): Eliminated | null {
    const { weights, targetColumns, loss, sampleWeights, innerTolerance: tolerance } = this.#problem;
    const layer = { ...this.#problem, loss: this.#loss };
    if (this.#isJoint) return given(Z, matrix(targetColumns, this.#columns, x.subarray(weights)), layer);
    if (isClosed(loss)) return eliminateLinear(Z, this.#C, sampleWeights, layer);
    return eliminateByNewton(Z, this.#startOfW(x, start), layer, { tolerance, maxIterations: maxInnerIterations });
  }

  /** Refuses what is no start, also where the projection needs none. */
  #checkStart(start: StartOfW): void {
    if (types.isFloat64Array(start)) {
      checkLength(start, this.#problem.targetColumns * this.#columns, 'start');
      return;
    }
    const from = 'afterStepFrom' in start ? start.afterStepFrom : start;
    if (!(from instanceof JsPoint && from.objective === this.#state))
      throw argumentError('a point of this objective for start');
    from.known; // throws where there is nothing to be had
  }

  /** W as given; else that of a point, moved to first order after a step; zero where there is none. */
  #startOfW(theta: Float64Array, start: StartOfW | undefined): Matrix {
    const { targetColumns } = this.#problem;
    if (start === undefined) return matrix(targetColumns, this.#columns);
    if (types.isFloat64Array(start)) return matrix(targetColumns, this.#columns, start.slice());
    const from = ('afterStepFrom' in start ? start.afterStepFrom : start) as JsPoint;
    const { eliminated, operator } = from.known;
    if (from === start) return eliminated.W;
    const change = operator.changeOfW(plus(theta, from.x, -1));
    return matrix(targetColumns, this.#columns, plus(eliminated.W.data, change.data));
  }

  /** The linear programs at the point whose inputs and residuals these are. */
  #derivative(samples: Float64Array[], vectors: Float64Array[], features: number): NetworkDerivative {
    return {
      jvp: (v) => matrix(this.#problem.samples, features, this.#run(this.#jvp, samples, [...vectors, v]).samples[0]),
      vjp: (cotangent) => this.#run(this.#vjp, [...samples, cotangent.data], vectors).vectors[0],
    };
  }

  #run(program: Interpreter, samples: Float64Array[], vectors: Float64Array[]) {
    this.#state.checkCancelled();
    return this.#state.stopwatch.time('network', () => program.run(this.#problem.samples, { samples, vectors }));
  }
}

/** Shared memory is read in place, as the native objective does; what is stored is read as a whole. */
function own(numbers: Numbers): Float64Array;
function own(numbers: Numbers | Float32Array): Float64Array | Float32Array;
function own(numbers: Numbers | Float32Array): Float64Array | Float32Array {
  if (isStored(numbers)) return loadedNumbers(numbers);
  return isShared(numbers) ? numbers : numbers.slice();
}

function asDoubles(array: Float64Array | Float32Array): Float64Array {
  return types.isFloat32Array(array) ? Float64Array.from(array) : array;
}

function checkAlphaW({ loss, objective }: ProblemDefinition, alphaW: number): void {
  if (!(alphaW >= 0)) throw argumentError('alphaW of at least 0');
  if (!isClosed(loss) && objective !== 'joint' && !(alphaW > 0))
    throw argumentError('alphaW above 0 for a convex loss');
}
