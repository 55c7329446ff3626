/** @file A model that a training found, and the legs on which it found it, so that they can be gone again on other data. */
import type { ModelParts } from '../model/parts.js';
import type { Task } from '../options/options.js';
import type { RunResult } from './trainingRun.js';

/** Part of the way to a model: so many iterations with these numbers. */
export interface Leg extends Pick<Task, 'alphaTheta' | 'alphaW'> {
  readonly iterations: number;
}

export interface Member {
  readonly result: RunResult;
  readonly legs: readonly Leg[];
}

/** The member that a run of the task found, going on from another or from the start of the task. */
export function memberOf({ alphaTheta, alphaW }: Task, result: RunResult, from: Member | null): Member {
  const { best, iterations } = result.report;
  const leg = { alphaTheta, alphaW, iterations: best.iteration - iterations[0].iteration };
  return { result, legs: [...(from?.legs ?? []), leg] };
}

/** The task that begins where a run ended. */
export function continued(task: Task, { parts, report }: RunResult): Task {
  const { theta, W } = withoutTemperature(parts, report.temperature);
  return { ...task, initialize: theta, initialW: W, nested: [] };
}

function withoutTemperature({ theta, W }: ModelParts, temperature: number | null): Pick<ModelParts, 'theta' | 'W'> {
  return { theta, W: temperature === null ? W : W.map((w) => w / temperature) };
}
