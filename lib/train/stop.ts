/** @file The stop tests of the outer loop, the same for every optimizer, and the stops that failed jobs mean. */
import type { GnvproError } from '../errors.js';
import type { Outcome, Point } from '../optimizers/optimizer.js';
import type { Stop } from '../report/report.js';
import { checkInteger, checkNumber, checkOptions } from '../validate/check.js';

export interface StopOptions {
  /** ‖∇φ‖ relative to its first value in the level or stage (default 1e-8). */
  gradient?: number;
  /** Relative decrease of the objective that counts as none; three in a row stop (default 1e-9). */
  objective?: number;
  /** ‖s‖ relative to ‖θ‖, to ‖[θ ; W]‖ where the method moves both (default 1e-12). */
  step?: number;
  /** Passes of the network over the training samples, for each level of each run (default 10,000). */
  workUnits?: number;
  /** Iterations of each level (default unlimited). */
  iterations?: number;
  /** Seconds of the whole training (default unlimited). */
  seconds?: number;
  /** Accepted iterations without a better validation metric, for each level (default 20; needs validation data). */
  patience?: number;
}

export type StopRules = Required<StopOptions>;

export function stopRules(options: StopOptions = {}): StopRules {
  checkOptions(options, ['gradient', 'objective', 'step', 'workUnits', 'iterations', 'seconds', 'patience'], 'stop');
  const { gradient = 1e-8, objective = 1e-9, step = 1e-12, workUnits = 10_000, patience = 20 } = options;
  const { iterations = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = options;
  const rules: StopRules = { gradient, objective, step, workUnits, iterations, seconds, patience };
  for (const name of ['gradient', 'objective', 'step'] as const)
    checkNumber(rules[name], `stop.${name}`, { min: 0, max: 1 });
  for (const name of ['workUnits', 'seconds'] as const)
    checkNumber(rules[name], `stop.${name}`, { above: 0, infinite: true });
  for (const name of ['iterations', 'patience'] as const) {
    if (rules[name] !== Number.POSITIVE_INFINITY) checkInteger(rules[name], `stop.${name}`, { min: 1 });
  }
  return rules;
}

/** What has happened on the current level. */
export interface Progress {
  readonly firstGradientNorm: number;
  readonly gradientNorm: number;
  readonly workUnits: number;
  readonly iterations: number;
  readonly seconds: number;
  /** Accepted iterations since the best validation metric; 0 without validation. */
  readonly sinceBest: number;
  /** Accepted iterations in a row that hardly lowered the objective. */
  readonly flat: number;
}

/** The first rule that is met, or null. */
export function stopTest(
  rules: StopRules,
  progress: Progress,
  outcome: Outcome | null,
  thetaNorm: number,
): Stop | null {
  const { gradientNorm, firstGradientNorm } = progress;
  if (gradientNorm <= rules.gradient * firstGradientNorm || gradientNorm === 0) {
    return stop(
      'converged',
      `‖∇φ‖ fell from ${show(firstGradientNorm)} to ${show(gradientNorm)} (tolerance ${rules.gradient}).`,
    );
  }
  if (outcome !== null && outcome.stalled !== null) return stop('stalled', `No better point: ${outcome.stalled}.`);
  if (progress.flat >= 3) {
    return stop('converged', `Three iterations in a row lowered the objective by less than ${rules.objective} of it.`);
  }
  if (outcome?.accepted && outcome.stepNorm <= rules.step * thetaNorm) {
    return stop(
      'converged',
      `The last step, ${show(outcome.stepNorm)}, is below ${rules.step} of ‖θ‖ = ${show(thetaNorm)}.`,
    );
  }
  if (progress.sinceBest >= rules.patience) {
    return stop('validation', `${progress.sinceBest} iterations brought no better validation metric.`);
  }
  if (progress.workUnits >= rules.workUnits) {
    return stop('workLimit', `${progress.workUnits} work units are used, ${rules.workUnits} were allowed.`);
  }
  if (progress.iterations >= rules.iterations)
    return stop('iterationLimit', `${progress.iterations} iterations are done.`);
  if (progress.seconds >= rules.seconds) {
    return stop('timeLimit', `${progress.seconds.toFixed(2)} s have passed, ${rules.seconds} s were allowed.`);
  }
  return null;
}

export function nonFinite(point: Point): Stop {
  return stop(
    'nonFinite',
    `The objective is ${point.evaluation.objective}: the features or the data overflow at these weights.`,
  );
}

export function aborted(): Stop {
  return stop('aborted', 'The signal was aborted; the model is the best point until then.');
}

/** How a failed job ends a training that has a point to return, or null for what is no outcome of a training. */
export function failureStop(error: unknown): Stop | null {
  if (!(error instanceof Error)) return null;
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
