/**
 * @file L-BFGS on the reduced or the joint objective: two-loop recursion and a line search for the strong Wolfe conditions
 * (Nocedal & Wright, Numerical Optimization, algorithms 7.4, 3.5 and 3.6).
 */
import type { Objective, ObjectiveKind } from '../backend/backend.js';
import { Pairs, type PairsState } from '../backend/pairs.js';
import { GnvproError } from '../errors.js';
import type { Steps } from '../job/job.js';
import { norm, plus } from '../linalg/vector.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import { type InitialW, readInitialW } from './initialW.js';
import { wolfe } from './lineSearch.js';
import {
  evaluateWithGradient,
  type LbfgsDescription,
  type Memory,
  type Method,
  type Outcome,
  type Stand,
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

type LbfgsMemory = {
  readonly pairs: PairsState;
  readonly passes: number;
};

export class Lbfgs implements Method {
  #stand!: Stand;
  readonly #pairs: Pairs;
  #passesBefore = 0;

  constructor(
    readonly objective: Objective,
    readonly description: LbfgsDescription,
  ) {
    this.#pairs = new Pairs(description.memory);
  }

  get passes(): number {
    return this.#passesBefore + this.objective.passes;
  }

  *start(x: Float64Array, W?: Float64Array): Steps<Stand> {
    this.#stand = yield* evaluateWithGradient(this.objective, x, W);
    return this.#stand;
  }

  *step(): Steps<Outcome> {
    const from = this.#stand;
    const isGuess = this.#pairs.count === 0;
    const { direction, first } = isGuess ? steepest(from) : { direction: this.#direction(from), first: 1 };
    const found = yield* wolfe(this.objective, from, direction, first, this.description);
    if (found === null) return this.#afterFailure();
    this.#stand = found;
    const s = plus(found.point.x, from.point.x, -1);
    this.#pairs.add(s, plus(found.gradient, from.gradient, -1));
    from.point.drop();
    return { ...outcome(found, true, norm(s), null), isGuess };
  }

  memory(): LbfgsMemory {
    return { pairs: this.#pairs.state(), passes: this.passes };
  }

  *resume(x: Float64Array, memory: Memory, W?: Float64Array): Steps<void> {
    const { pairs, passes } = memory as LbfgsMemory;
    yield* this.start(x, W);
    this.#pairs.restore(pairs);
    this.#passesBefore = passes - this.objective.passes;
  }

  /** A failed search with memory starts again from steepest descent; without, nothing more can be gained. */
  #afterFailure(): Outcome {
    const stalled = this.#pairs.count === 0 ? 'the line search finds no lower point along the gradient' : null;
    this.#pairs.clear();
    return outcome(this.#stand, false, 0, stalled);
  }

  /** −B ∇φ */
  #direction({ gradient }: Stand): Float64Array {
    return this.#pairs.apply(gradient.map((value) => -value));
  }
}

/**
 * −∇φ/‖∇φ‖ and how far to go along it at first: as far as the linear model needs to bring φ to 0, which takes the units
 * of φ out, but no farther than 1.
 */
function steepest({ gradient, point }: Stand): { direction: Float64Array; first: number } {
  const size = norm(gradient);
  return {
    direction: gradient.map((value) => -value / size),
    first: Math.min(1, Math.abs(point.evaluation.objective) / size || 1),
  };
}

function outcome(stand: Stand, accepted: boolean, stepNorm: number, stalled: string | null): Outcome {
  return { ...stand, accepted, stepNorm, stalled };
}
