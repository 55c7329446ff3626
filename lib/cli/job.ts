/** @file From a job file and options of the command line to a checked job with absolute paths. */
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { GnvproError } from '../errors.js';
import { parseJson } from '../json.js';
import type { Job } from '../schema/job.js';
import { alternatives, jobSchema } from '../schema/schema.js';
import { checkJob } from '../schema/validate.js';
import { deepest, isTooDeep } from '../validate/depth.js';
import { isPath } from '../validate/schema.js';
import { keysOf } from './keys.js';

/** A value that the command line sets. */
export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
}

type Json = Record<string, unknown>;

/** `file`: a path, `-` for standard input, or undefined when all comes from the command line. */
export async function readJob(file: string | undefined, settings: readonly Setting[]): Promise<Job> {
  const name = file === undefined ? 'the command line' : file === '-' ? 'the job on standard input' : file;
  const job = file === undefined ? {} : parseJson(await read(file), name, 'ERR_JOB_FILE');
  checkDepth([job, ...settings.map(({ value }) => value)], name);
  if (!isObject(job)) return checkJob(job, name);
  const base = file === undefined || file === '-' ? process.cwd() : dirname(resolve(file));
  const merged = applySettings(withAbsolutePaths(job, base), settings);
  return checkJob(withAbsolutePaths(merged, process.cwd()), name);
}

async function read(file: string): Promise<Uint8Array> {
  if (file === '-') return buffer(process.stdin);
  try {
    return await readFile(file);
  } catch (cause) {
    throw refused(`The job file ${file} cannot be read: ${(cause as Error).message}`, cause);
  }
}

function refused(message: string, cause?: unknown): GnvproError {
  return new GnvproError('ERR_JOB_FILE', `${message}.`, { cause });
}

/** What follows goes through the job by recursion. */
function checkDepth(parts: readonly unknown[], name: string): void {
  if (!parts.some((part) => isTooDeep(part))) return;
  throw refused(`Expected at most ${deepest} lists and objects within each other in ${name} but received more`);
}

/** Sets keys, outer ones first, so that an inner one can refine what an outer one gives as a whole. */
export function applySettings(job: Json, settings: readonly Setting[]): Json {
  const result = structuredClone(job);
  const ordered = [...settings].sort((a, b) => a.path.length - b.path.length);
  for (const { path, value } of ordered) {
    if (path.join('.') === 'optimizer.type') changeOptimizer(result, value);
    else set(result, path, value);
  }
  return result;
}

function set(object: Json, [key, ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    object[key] = value;
    return;
  }
  if (!isObject(object[key])) object[key] = asObject(key, object[key]);
  set(object[key] as Json, rest, value);
}

/** What a key becomes when a key inside of it is set: a plain path its file, an optimizer that is not named the default. */
function asObject(key: string, value: unknown): Json {
  if (key === 'optimizer' && value === 'auto') {
    throw new GnvproError('ERR_OPTION', "Expected optimizer.type beside other options of it: 'auto' takes its own.");
  }
  if (key === 'optimizer') return { type: 'gnvpro' };
  if (key === 'checkpoint' && typeof value === 'string') return { path: value };
  if (key === 'regularization' && value === 'auto') return { theta: 'auto', W: 'auto' };
  return typeof value === 'string' && key !== 'initialize' ? { file: value } : {};
}

/** Another optimizer has other options: those of the one before go with it. */
function changeOptimizer(job: Json, type: unknown): void {
  const { optimizer } = job;
  if (!(isObject(optimizer) && optimizer.type === type)) job.optimizer = { type };
}

/** Keys that may name files: what the schema calls a path. */
const fileKeys = keysOf(jobSchema).filter((key) => alternatives(key.schema).some(isPath));

/** A copy in which relative paths start at `base`. Leaves alone what is not what the schema wants. */
function withAbsolutePaths(job: Json, base: string): Json {
  return mapFiles(job, (file) => resolve(base, file));
}

/**
 * The job with its files below `folder`, as they lay below the folder that they have in common: for data that were moved
 * as a whole.
 */
export function filesBelow(job: Job, folder: string): Job {
  const folders: string[][] = [];
  const json = job as unknown as Json;
  mapFiles(json, (file) => {
    folders.push(dirname(file).split(sep));
    return file;
  });
  const [first = [], ...others] = folders;
  const apart = first.findIndex((name, i) => others.some((parts) => parts[i] !== name));
  const common = first.slice(0, apart === -1 ? first.length : apart).join(sep) || sep;
  return mapFiles(json, (file) => resolve(folder, relative(common, file))) as unknown as Job;
}

/** A copy with other names of files. */
function mapFiles(job: Json, change: (file: string) => string): Json {
  const result = structuredClone(job);
  for (const { path } of fileKeys) {
    const key = path[path.length - 1];
    const owner = path
      .slice(0, -1)
      .reduce<unknown>((value, step) => (isObject(value) ? value[step] : undefined), result);
    if (isObject(owner) && typeof owner[key] === 'string' && owner[key] !== '') owner[key] = change(owner[key]);
  }
  return result;
}

function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
