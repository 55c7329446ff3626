/**
 * @file L-BFGS on the reduced or the joint objective: two-loop recursion and a line search for the strong Wolfe conditions
 * (Nocedal & Wright, Numerical Optimization, algorithms 7.4, 3.5 and 3.6).
 */
import type { ObjectiveKind, Session } from '../backend/backend.js';
import { GnvproError } from '../errors.js';
import type { Steps } from '../job/job.js';
import { addScaled, dot, norm, plus } from '../linalg/vector.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import { type InitialW, readInitialW } from './initialW.js';
import { wolfe } from './lineSearch.js';
import {
  evaluateWithGradient,
  type LbfgsDescription,
  type Memory,
  type Method,
  type Outcome,
  type Point,
} from './optimizer.js';

export interface LbfgsOptions {
  /** `reduced` (default): W projected out; `joint`: θ and W together. */
  objective?: ObjectiveKind;
  /** Pairs remembered (default 20). */
  memory?: number;
  c1?: number;
  c2?: number;
  /** Evaluations of one line search (default 20). */
  maxEvaluations?: number;
  /** Of the joint objective. */
  initialW?: InitialW;
}

export function lbfgs(options: LbfgsOptions = {}): LbfgsDescription {
  checkOptions(options, ['objective', 'memory', 'c1', 'c2', 'maxEvaluations', 'initialW'], 'lbfgs');
  const { objective = 'reduced', memory = 20, c1 = 1e-4, c2 = 0.9, maxEvaluations = 20 } = options;
  checkOneOf(objective, 'objective', ['reduced', 'joint']);
  checkInteger(memory, 'memory', { min: 1, max: 1000 });
  checkNumber(c1, 'c1', { above: 0, max: 1 });
  checkNumber(c2, 'c2', { min: c1, max: 1 });
  checkInteger(maxEvaluations, 'maxEvaluations', { min: 2 });
  const initialW = readInitialW(options);
  if (objective === 'reduced' && initialW === 'random') {
    throw new GnvproError(
      'ERR_OPTION',
      "Expected initialW: 'random' with objective: 'joint' only: else W is projected out.",
    );
  }
  return { type: 'lbfgs', objective, memory, c1, c2, maxEvaluations, initialW };
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly sy: number;
}

type LbfgsMemory = {
  readonly pairs: readonly Pair[];
};

export class Lbfgs implements Method {
  #point!: Point;
  #pairs: Pair[] = [];

  constructor(
    readonly session: Session,
    readonly description: LbfgsDescription,
  ) {}

  *start(x: Float64Array, W?: Float64Array): Steps<Point> {
    this.#point = yield* evaluateWithGradient(this.session, x, W);
    return this.#point;
  }

  *step(): Steps<Outcome> {
    const from = this.#point;
    const isGuess = this.#pairs.length === 0;
    const { direction, first } = isGuess ? steepest(from) : { direction: this.#direction(from), first: 1 };
    const search = yield* wolfe(this.session, from, direction, first, this.description);
    if (search.point === null) return this.#afterFailure(search.workUnits);
    this.#point = search.point;
    const s = plus(search.point.x, from.x, -1);
    this.#remember(s, plus(search.point.gradient, from.gradient, -1));
    return { ...outcome(search.point, true, norm(s), search.workUnits, null), isGuess };
  }

  memory(): LbfgsMemory {
    return { pairs: this.#pairs.map(({ s, y, sy }) => ({ s: s.slice(), y: y.slice(), sy })) };
  }

  *resume(x: Float64Array, memory: Memory, W?: Float64Array): Steps<void> {
    const { pairs } = memory as LbfgsMemory;
    yield* this.start(x, W);
    this.#pairs = [...pairs];
  }

  /** A failed search with memory starts again from steepest descent; without, nothing more can be gained. */
  #afterFailure(workUnits: number): Outcome {
    const stalled = this.#pairs.length === 0 ? 'the line search finds no lower point along the gradient' : null;
    this.#pairs = [];
    return outcome(this.#point, false, 0, workUnits, stalled);
  }

  #remember(s: Float64Array, y: Float64Array): void {
    const sy = dot(s, y);
    if (!(sy > 1e-12 * norm(s) * norm(y))) return;
    this.#pairs.push({ s, y, sy });
    if (this.#pairs.length > this.description.memory) this.#pairs.shift();
  }

  /** −B ∇φ, B the inverse of the two-loop recursion, scaled by the newest pair. */
  #direction({ gradient }: Point): Float64Array {
    const q = gradient.map((value) => -value);
    const shares: number[] = [];
    for (const { s, y, sy } of this.#pairs.toReversed()) {
      shares.push(dot(s, q) / sy);
      addScaled(q, -shares[shares.length - 1], y);
    }
    const newest = this.#pairs.at(-1);
    if (newest !== undefined) {
      const scale = newest.sy / norm(newest.y) / norm(newest.y);
      for (let i = 0; i < q.length; i++) q[i] *= scale;
    }
    for (const { s, y, sy } of this.#pairs) addScaled(q, (shares.pop() as number) - dot(y, q) / sy, s);
    return q;
  }
}

/**
 * −∇φ/‖∇φ‖ and how far to go along it at first: as far as the linear model needs to bring φ to 0, which takes the units
 * of φ out, but no farther than 1.
 */
function steepest({ gradient, evaluation }: Point): { direction: Float64Array; first: number } {
  const size = norm(gradient);
  return {
    direction: gradient.map((value) => -value / size),
    first: Math.min(1, Math.abs(evaluation.objective) / size || 1),
  };
}

function outcome(
  point: Point,
  accepted: boolean,
  stepNorm: number,
  workUnits: number,
  stalled: string | null,
): Outcome {
  return { point, accepted, stepNorm, radius: null, ratio: null, vectors: 0, workUnits, stalled };
}
