/** @file What all trainings of a call have in common: checked before any work, on memory that threads share. */
import type { ClassName } from '../data/classes.js';
import type { ColumnNames } from '../data/names.js';
import type { Samples } from '../data/samples.js';
import { checkInMemory } from '../data/stored.js';
import { readWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { ofThePackage } from '../loss/registry.js';
import '../network/builtin.js';
import { isRegistered, registeredTypes } from '../network/layer.js';
import { data, type Weighted } from '../options/data.js';
import { Reading } from '../options/option.js';
import { readOptions, type Task } from '../options/options.js';
import type { TrainOptions } from '../options/trainOptions.js';
import type { Fit, PlainOptions } from './fit.js';
import type { PoolOptions } from './pool.js';

/** The options of train() for each of many trainings; who listens to all of them is said to the call. */
export type CommonOptions = Omit<TrainOptions, 'signal' | 'onIteration' | 'checkpoint' | 'resume' | 'onCheckpoint'>;

/** Options of train() that are for one training, and what to do where there are many. */
const ofOne: Record<Exclude<keyof TrainOptions, keyof CommonOptions>, (caller: string) => string> = {
  signal: (caller: string) => `Expected signal in the second options of ${caller}, not in the first.`,
  onIteration: (caller: string) =>
    `Expected onProgress in the second options of ${caller}, not onIteration in the first.`,
  checkpoint: noCheckpoint,
  resume: noCheckpoint,
  onCheckpoint: noCheckpoint,
};
export const namesOfOne = Object.keys(ofOne) as readonly (keyof typeof ofOne)[];

function noCheckpoint(caller: string): string {
  return `Expected no checkpoint with ${caller}: its file is of one training.`;
}

export interface Common extends Weighted<Samples> {
  /** What the options come to with all samples. */
  readonly task: Task;
  readonly options: PlainOptions;
  readonly classes: readonly ClassName[] | null;
  readonly names: ColumnNames;
  readonly validation: number | Weighted<Samples> | undefined;
  /** The samples as the caller counts them: those of weight 0 are absent here. Null where none are. */
  readonly rows: Int32Array | null;
  /** As the caller counts them. */
  readonly all: number;
}

interface Purpose {
  readonly caller: string;
  /** Whether samples that the call holds back from its trainings decide which iterate is best. */
  readonly validates?: boolean;
  /** Whether a fraction for validation is the same samples for all trainings. */
  readonly splits?: boolean;
  /** What makes the options whole for the check, where each training brings its own. */
  readonly completion?: Partial<CommonOptions>;
}

/** Throws what `train` throws at once, before any work, and ERR_OPTION for what threads cannot have. */
export function readCommon(given: CommonOptions, { modules }: PoolOptions, purpose: Purpose): Common {
  const { inputs, targets, sampleWeights, validation, names: _, initial, ...plain } = given ?? {};
  checkCommon(given, purpose.caller);
  if (purpose.validates && validation !== undefined) {
    throw new GnvproError(
      'ERR_OPTION',
      `Expected no validation data: samples that ${purpose.caller} holds back decide.`,
    );
  }
  const whole = { ...given, ...purpose.completion };
  const task = readOptions(purpose.validates ? { ...whole, validation: { inputs, targets, sampleWeights } } : whole);
  checkKnown(plain, task.loss.name, modules);
  const own = typeof validation === 'number' && !purpose.splits ? undefined : validation;
  const { training, validation: held, classes } = new Reading({ ...given, validation: own }).of(data);
  const inMemory = ({ samples, weights }: Weighted): Weighted<Samples> => {
    checkInMemory(samples, purpose.caller);
    return { samples, weights };
  };
  const present = presentRows(sampleWeights);
  return {
    ...inMemory(training),
    task,
    options: plainCopy({ ...plain, ...(initial === undefined ? {} : { initial: initial.toBytes() }) }),
    classes,
    names: task.names,
    validation: held === null ? (validation as number | undefined) : inMemory(held),
    rows: present,
    all: sampleWeights?.length ?? training.samples.inputs.shape[0],
  };
}

/** A training on the samples of a call. */
export function fitOf({ options, samples, classes, names, weights, validation }: Common, own: Partial<Fit> = {}): Fit {
  return { options, samples, classes, names, weights, validation, ...own };
}

/** The number of the samples, and their weights, 1 each where none are given. */
export function weightsOf({ samples, weights }: Weighted<Samples>): Float64Array {
  return weights ?? new Float64Array(samples.inputs.shape[0]).fill(1);
}

function checkCommon(given: TrainOptions, caller: string): void {
  for (const name of namesOfOne) {
    if (given?.[name] !== undefined) throw new GnvproError('ERR_OPTION', ofOne[name](caller));
  }
}

function presentRows(sampleWeights: ArrayLike<number> | undefined): Int32Array | null {
  const weights = readWeights(sampleWeights, sampleWeights?.length ?? 0);
  if (weights === null || weights.every((weight) => weight > 0)) return null;
  return Int32Array.from(weights.keys()).filter((n) => weights[n] > 0);
}

/** Those of the package, before anybody can define others. */
const builtin: ReadonlySet<string> = new Set(registeredTypes());

/** Throws ERR_OPTION for layers and losses that only this thread knows, unless there are modules to define them. */
export function checkKnown(options: unknown, loss: string, modules: PoolOptions['modules'] = []): void {
  const own = ofThePackage.some(({ name }) => name === loss) ? ownLayer(options) : `the loss "${loss}"`;
  if (own === null || modules.length > 0) return;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected modules: ['path/of/a/file.js'] whose import defines ${own}: trainings run in threads, which know the package's own.`,
  );
}

function ownLayer(value: unknown): string | null {
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) return null;
  const { type } = value as { type?: unknown };
  if (typeof type === 'string' && isRegistered(type) && !builtin.has(type)) return `the layer "${type}"`;
  for (const part of Object.values(value)) {
    const found = ownLayer(part);
    if (found !== null) return found;
  }
  return null;
}

/** Throws ERR_OPTION for what is no data. */
export function plainCopy<T>(options: T): T {
  try {
    return structuredClone(options);
  } catch (cause) {
    const { message } = cause as Error;
    throw new GnvproError('ERR_OPTION', `Expected options that are plain data, for threads: ${message}`, { cause });
  }
}
