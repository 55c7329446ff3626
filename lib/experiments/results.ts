/** @file results.json of an experiment: written after every run, and gone on from. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { info } from '../binding.js';
import { GnvproError } from '../errors.js';
import { writeTogether } from '../files/atomic.js';
import { digest } from '../files/digest.js';
import { parseJson } from '../json.js';
import { type Machine, machineFacts } from '../machine.js';
import { version } from '../version.js';
import type { Budget, Experiment } from './experiment.js';
import { definitionOf, type MethodRun } from './run.js';

export interface Results {
  readonly experiment: string;
  readonly gnvpro: string;
  readonly node: string;
  readonly blas: string;
  readonly machine: Machine;
  readonly threads: number;
  readonly budget: Budget;
  /** ISO 8601, of the last run. */
  readonly date: string;
  readonly runs: readonly MethodRun[];
}

export const resultsFile = 'results.json';

export function emptyResults({ name }: Experiment, budget: Budget, threads: number): Results {
  const { blas, core } = info();
  return {
    experiment: name,
    gnvpro: version,
    node: process.version,
    blas: `${blas} (${core})`,
    machine: machineFacts(),
    threads,
    budget,
    date: new Date().toISOString(),
    runs: [],
  };
}

export function modelFile(folder: string, method: string, seed: number): string {
  return join(folder, 'models', `${method}-seed${seed}.gnvpro`);
}

/**
 * What the folder has of the same experiment, or `fresh`. Runs of methods that are defined otherwise now are left out, and
 * those whose model is missing or not theirs.
 *
 * @throws GnvproError ERR_RESULTS when it has results of another experiment, budget, number of threads, version or
 *   machine, or damaged ones
 */
export async function resume(folder: string, experiment: Experiment, fresh: Results): Promise<Results> {
  const file = join(folder, resultsFile);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return fresh;
    throw error;
  }
  const found = parse(text, file);
  if (settingsOf(found) !== settingsOf(fresh)) {
    throw new GnvproError(
      'ERR_RESULTS',
      `Expected results of ${settingsOf(fresh)} in ${file} but found those of ${settingsOf(found)}: choose another --out.`,
    );
  }
  const isSame = ({ method, definition }: MethodRun) =>
    Object.hasOwn(experiment.methods, method) && definition === definitionOf(experiment, method);
  const runs: MethodRun[] = [];
  for (const run of found.runs) if (isSame(run) && (await hasItsModel(folder, run))) runs.push(run);
  return { ...fresh, runs };
}

async function hasItsModel(folder: string, { method, seed, model }: MethodRun): Promise<boolean> {
  if (model === undefined) return true;
  const bytes = await readFile(modelFile(folder, method, seed)).catch(() => null);
  return bytes !== null && digest(bytes) === model;
}

/** Seconds of two machines, or of two versions, do not belong in one table. */
function settingsOf({ experiment, budget, threads, gnvpro, machine }: Results): string {
  const { workUnits = null, seconds = null, processorSeconds } = budget;
  return JSON.stringify({
    experiment,
    workUnits,
    seconds,
    processorSeconds,
    threads,
    gnvpro,
    machine: `${machine.host}, ${machine.cpu}`,
  });
}

function parse(text: string, file: string): Results {
  const value = parseJson(text, file, 'ERR_RESULTS') as Results;
  if (typeof value?.experiment === 'string' && Array.isArray(value.runs) && value.machine !== undefined) return value;
  throw new GnvproError('ERR_RESULTS', `Expected the results of an experiment in ${file}.`);
}

/** The results with one more run, written together with its model. */
export async function saveRun(folder: string, results: Results, run: MethodRun, model: Uint8Array): Promise<Results> {
  const runs = [...results.runs, { ...run, model: digest(model) }];
  const more = { ...results, date: new Date().toISOString(), runs };
  await writeTogether([
    { path: modelFile(folder, run.method, run.seed), content: model },
    { path: join(folder, resultsFile), content: `${JSON.stringify(more)}\n` },
  ]);
  return more;
}
