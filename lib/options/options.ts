/** @file The options of train(), one record each: read, checked and completed before any work. */

import type { Report } from '../report/report.js';
import { checkOptions } from '../validate/check.js';
import { checkpoint, onCheckpoint, resume } from './checkpoint.js';
import { backend, memoryLimit, onIteration, precision, signal, threads } from './computing.js';
import { inputs, names, sampleWeights, targets, validation } from './data.js';
import { labelSmoothing, temperature, validationMetric } from './judging.js';
import { bias, innerTolerance } from './lastLayer.js';
import { loss } from './loss.js';
import { network } from './network.js';
import { optimizer } from './optimizer.js';
import { type Option, Reading, type Taken } from './option.js';
import { regularization } from './regularization.js';
import { baselines, levels, nested, refit } from './runs.js';
import { scaling } from './scaling.js';
import { initial, initialize, seed } from './start.js';
import { starts } from './starts.js';
import { stop } from './stop.js';
import type { TrainOptions } from './trainOptions.js';

/** In the order in which they are listed. */
export const options = [
  network,
  loss,
  inputs,
  targets,
  names,
  sampleWeights,
  validation,
  validationMetric,
  labelSmoothing,
  temperature,
  optimizer,
  regularization,
  scaling,
  bias,
  innerTolerance,
  levels,
  stop,
  nested,
  starts,
  refit,
  baselines,
  initialize,
  initial,
  seed,
  checkpoint,
  resume,
  onCheckpoint,
  signal,
  onIteration,
  backend,
  threads,
  memoryLimit,
  precision,
] as const;

/** All of what the members of a union of options read. */
type Together<O> = (O extends Option<infer R> ? (part: R) => void : never) extends (whole: infer T) => void ? T : never;

/** What all options come to, on memory of its own. The training scales inputs and training targets in place. */
export type Task = Readonly<Together<(typeof options)[number]>>;

export const optionNames: readonly string[] = options.map(({ name }) => name);

/** Throws what the readers do, before any work. */
export function readOptions(given: TrainOptions): Task {
  checkOptions(given, optionNames, 'train');
  const reading = new Reading(given);
  return Object.assign({}, ...options.map((option) => reading.of<object>(option)));
}

/** What decides the results of a training, by the option that it comes from: plain but for typed arrays. */
export function decisive(task: Task): Readonly<Record<string, unknown>> {
  const told: readonly Pick<Option<Task>, 'name' | 'decides'>[] = options;
  return Object.fromEntries(
    told.flatMap(({ name, decides }) => (decides === undefined ? [] : [[name, decides(task)]])),
  );
}

/** The options as used, defaults filled in; data left out. */
export function usedOptions(task: Task, taken: Taken): Report['used'] {
  const told: readonly Pick<Option<Task>, 'name' | 'used'>[] = options;
  const entries = told.flatMap(({ name, used }) => (used === undefined ? [] : [[name, used(task, taken)]]));
  return Object.fromEntries(entries);
}
