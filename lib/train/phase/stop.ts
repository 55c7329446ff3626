/** @file The stop tests of the outer loop, the same for every optimizer, and the stops that failed jobs mean. */
import { types } from 'node:util';
import type { GnvproError } from '../../errors.js';
import type { Outcome } from '../../optimizers/optimizer.js';
import { type StopRules, stopDefaults } from '../../options/stop.js';
import type { Stop } from '../../report/report.js';

/** How far a phase has come. */
export interface Counts {
  readonly iterations: number;
  /** φ at the last record, and ‖∇φ‖ at the first, in units of the problem. */
  readonly objective: number;
  readonly firstGradientNorm: number;
  /** Accepted iterations since the best point. */
  readonly sinceBest: number;
  /** Accepted iterations in a row that hardly lowered the objective. */
  readonly flat: number;
  /** Work units of the training when the phase began. */
  readonly unitsBefore: number;
  /** The same when its method began. */
  readonly methodBefore: number;
}

/** What has happened in the phase, in units of the targets; `sinceBest` is 0 without validation. */
export interface Progress
  extends Pick<Counts, 'objective' | 'firstGradientNorm' | 'iterations' | 'sinceBest' | 'flat'> {
  readonly gradientNorm: number;
  /** How many numbers the method moves, their norm, and how much of it was the last step, of θ or of W if that is more. */
  readonly unknowns: number;
  readonly norm: number;
  readonly relativeStep: number;
  /** Whether predictions fit the targets to the last bit, so that an objective of 0 is no underflow. */
  isExact(): boolean;
  /** The unit of the targets. */
  readonly unit: number;
  readonly workUnits: number;
  readonly seconds: number;
}

/** The first rule that is met, or null. */
export function stopTest(rules: StopRules, progress: Progress, outcome: Outcome | null): Stop | null {
  const { gradientNorm, firstGradientNorm } = progress;
  if (!Number.isFinite(gradientNorm)) return nonFinite('gradient', gradientNorm);
  const isHuge = progress.objective > 1 && isSteep(progress); // a regulariser, which may have far to fall yet
  if (gradientNorm <= rules.gradient * firstGradientNorm && !isHuge) {
    return gradientStop(rules, progress);
  }
  if (outcome?.settled) return stop('converged', outcome.settled);
  if (outcome !== null && outcome.stalled !== null) return stop('stalled', `No better point: ${outcome.stalled}.`);
  if (progress.flat >= 3) {
    const message = `Three iterations in a row lowered the objective by less than ${rules.objective} of it.`;
    return steady(progress, message, rules.objective / stopDefaults.objective);
  }
  if (outcome?.accepted && !outcome.isGuess && progress.relativeStep < rules.step) {
    const message = `The last step, ${show(outcome.stepNorm)}, is below ${rules.step} of ‖θ‖ = ${show(progress.norm)}.`;
    return steady(progress, message, rules.step / stopDefaults.step);
  }
  if (progress.sinceBest >= rules.patience) {
    return stop('validation', `${progress.sinceBest} iterations brought no better validation metric.`);
  }
  if (progress.workUnits >= rules.workUnits) {
    return stop('workLimit', `${progress.workUnits} work units are used, ${rules.workUnits} were allowed.`);
  }
  if (progress.iterations >= rules.iterations)
    return stop('iterationLimit', `${progress.iterations} iterations are done.`);
  if (outcome?.limit) return stop('iterationLimit', outcome.limit);
  if (progress.seconds >= rules.seconds) {
    return stop('timeLimit', `${progress.seconds.toFixed(2)} s have passed, ${rules.seconds} s were allowed.`);
  }
  return null;
}

/** Smaller gradients have lost digits, or all, since the products that they are sums of vanish. */
const smallestGradient = 1e-280;

/** What a gradient below its tolerance means: a minimum only where its digits do. */
function gradientStop(
  rules: StopRules,
  { gradientNorm, firstGradientNorm, objective, unknowns, isExact, unit }: Progress,
): Stop {
  if (unknowns === 0) return stop('converged', 'The network has no weights: one projection finds the last layer.');
  if (firstGradientNorm >= smallestGradient) {
    const units = unit === 1 ? '' : ` with the targets in units of ${show(unit)}`;
    return stop(
      'converged',
      `‖∇φ‖ fell from ${show(firstGradientNorm)} to ${show(gradientNorm)}${units} (tolerance ${rules.gradient}).`,
    );
  }
  if (objective === 0 && isExact()) return stop('converged', 'The objective is 0.');
  return stop(
    'stalled',
    `‖∇φ‖ is ${show(gradientNorm)}: the features do not move with these weights, or numbers vanish. ` +
      'Scale the data or start from other weights.',
  );
}

/** Whether weights changed by their own length could take (`times`) the whole objective away, as the gradient has it. */
function isSteep({ gradientNorm, norm, objective }: Progress, times = 1): boolean {
  return gradientNorm * norm > times * Math.abs(objective);
}

/** No convergence where it is the method that cannot go on, and not a tolerance wider than the default that ends it. */
function steady(progress: Progress, message: string, width: number): Stop {
  if (!isSteep(progress, Math.max(1, width))) return stop('converged', message);
  const advice = 'is large all the same: scale the data, or take less regularization.';
  return stop('stalled', `${message} The gradient, ${show(progress.gradientNorm)}, ${advice}`);
}

export function nonFinite(what: 'objective' | 'gradient', value: number): Stop {
  return stop('nonFinite', `The ${what} is ${value}: the features or the data overflow at these weights.`);
}

export function aborted(): Stop {
  return stop('aborted', 'The signal was aborted; the model is the best point until then.');
}

/** How a failed job ends a training that has a point to return, or null for what is no outcome of a training. */
export function failureStop(error: unknown): Stop | null {
  if (!types.isNativeError(error)) return null;
  switch ((error as GnvproError).code) {
    case 'ERR_ABORTED':
      return aborted();
    case 'ERR_LAPACK':
      return failed(error, 'try other starting weights or scaled data');
    case 'ERR_MEMORY':
      return failed(error, 'free memory to go on from it');
    default:
      return null;
  }
}

function failed({ message }: Error, advice: string): Stop {
  return stop('failed', `${message} The model is the best point until then; ${advice}.`);
}

export function stop(status: Stop['status'], message: string): Stop {
  return { status, message };
}

const show = (value: number) => value.toPrecision(3);
