/**
 * @file What trainings cost, counted and not timed, so that a fit of the same data is the same on any machine. The unit is
 * an operation of the part that takes longest; a core does some 5·10⁹ in a second.
 */
import type { Candidate } from './candidates.js';
import type { TargetKind } from './samples.js';

/** What one training of the search may cost, and the search. */
const limits = { trial: { numbers: 1e10, labels: 1.2e10 }, search: { numbers: 3.6e10, labels: 2.5e10 } };

/** From how many starts the model is trained, the most that cost no more; else from one. */
const lastStarts = [
  { starts: 10, most: 1.5e10 },
  { starts: 6, most: 2.4e10 },
  { starts: 3, most: 4e10 },
];

/** More samples tell no more about the size of a network: the search has so many of them at most. */
export const mostSearched = 4000;

/** Evidence holds matrices of all weights. */
const mostWeights = 4000;
/** As many weights for each number of the targets are determined by the prior alone. */
const mostByNumber = 10;

/** Of a training from one start, before it is known. */
const usualIterations: Readonly<Record<TargetKind, number>> = { numbers: 45, labels: 60 };

/** What an iteration costs without weights, as if it had so many. */
const base = 40;

export class Work {
  spent = 0;

  constructor(
    readonly kind: TargetKind,
    readonly outputs: number,
  ) {}

  of(samples: number, { weights, features }: Candidate, iterations: number): number {
    if (this.kind === 'labels') {
      // Passes of steps and of estimates of the evidence, and the projection of the loss.
      return iterations * samples * 10 * (weights + 25 * (features + 1) * this.outputs);
    }
    // Products of the derivatives, and the factors of the matrix.
    return iterations * (samples * (weights + base) ** 2 + 0.5 * weights ** 3);
  }

  expected(samples: number, candidate: Candidate, starts: number): number {
    return this.of(samples, candidate, starts * usualIterations[this.kind]);
  }

  /** From how many starts to train on a fold; 0 for a candidate that is too dear. */
  startsOfTrial(samples: number, candidate: Candidate): number {
    if (candidate.weights > Math.min(mostWeights, mostByNumber * samples * this.outputs)) return 0;
    const choices = this.kind === 'numbers' && candidate.weights > 0 ? (candidate.mayBeOne ? [3, 1] : [3]) : [1];
    return choices.find((starts) => this.expected(samples, candidate, starts) <= limits.trial[this.kind]) ?? 0;
  }

  /** From how many starts the model itself is trained. */
  startsOfLast(samples: number, candidate: Candidate): number {
    if (candidate.weights === 0) return 1;
    return lastStarts.find(({ starts, most }) => this.expected(samples, candidate, starts) <= most)?.starts ?? 1;
  }

  /** Whether so much more is within what the search may cost. */
  bears(more: number): boolean {
    return this.spent + more <= limits.search[this.kind];
  }
}
