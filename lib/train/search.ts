/** @file The search for α_θ and α_W that give the best validation metric, on a logarithmic grid. */
import type { Steps } from '../backend/job.js';
import type { Task } from './options.js';
import type { RunResult } from './trainingRun.js';

/** Powers of 10 first, of √10 then. */
const strides = [2, 1];
const maxRounds = 4;

/** Exponents of √10. */
type Place = readonly [theta: number, W: number];

/** Where the search begins: 1e-4 suits standardised features of classifiers, 1e-7 surrogates. */
const startOf = (loss: string): Place => (loss === 'leastSquares' ? [-14, -14] : [-8, -8]);

export interface Runs {
  /** The first run, which must find something. */
  start(candidate: Task): Steps<RunResult>;
  /** Another, or null where it finds nothing. */
  next(candidate: Task): Steps<RunResult | null>;
  isEnded(): boolean;
}

/**
 * Moves to the best neighbour along each of the numbers that are to be found, while that is an improvement. The result
 * is the best run itself.
 */
export function* search(task: Task, { start, next, isEnded }: Runs): Steps<RunResult> {
  const known = new Map<string, RunResult | null>();
  const at = function* (place: Place): Steps<RunResult | null> {
    const key = place.join();
    if (!known.has(key)) known.set(key, yield* next(taskAt(task, place)));
    return known.get(key) ?? null;
  };
  let place = startOf(task.loss);
  let best = yield* start(taskAt(task, place));
  known.set(place.join(), best);
  for (const stride of strides) {
    for (let round = 0; round < maxRounds; round++) {
      const before = place;
      for (const neighbour of neighbours(task, place, stride)) {
        const result = yield* at(neighbour);
        if (isEnded()) return best;
        if (result !== null && metric(result) < metric(best)) [best, place] = [result, neighbour];
      }
      if (place === before) break;
    }
  }
  return best;
}

function taskAt(task: Task, [theta, W]: Place): Task {
  return {
    ...task,
    alphaTheta: task.alphaTheta === 'auto' ? 10 ** (theta / 2) : task.alphaTheta,
    alphaW: task.alphaW === 'auto' ? 10 ** (W / 2) : task.alphaW,
  };
}

function neighbours({ alphaTheta, alphaW }: Task, [theta, W]: Place, stride: number): Place[] {
  const along: Place[] = [];
  if (alphaTheta === 'auto') along.push([theta + stride, W], [theta - stride, W]);
  if (alphaW === 'auto') along.push([theta, W + stride], [theta, W - stride]);
  return along;
}

function metric({ report }: RunResult): number {
  return report.best.validation ?? Number.POSITIVE_INFINITY;
}
