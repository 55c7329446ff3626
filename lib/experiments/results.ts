/** @file results.json of an experiment: written after every run, and gone on from. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { info } from '../binding.js';
import { GnvproError } from '../errors.js';
import { writeAtomically } from '../files/atomic.js';
import { type Machine, machineFacts } from '../machine.js';
import { version } from '../version.js';
import type { Budget, Experiment } from './experiment.js';
import type { MethodRun } from './run.js';

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

/**
 * What the folder has of the same experiment, or `fresh`.
 *
 * @throws GnvproError ERR_RESULTS when it has results of another experiment, budget or number of threads, or damaged ones
 */
export async function resume(folder: string, fresh: Results): Promise<Results> {
  const file = join(folder, resultsFile);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return fresh;
    throw error;
  }
  const found = parse(text, file);
  const settings = ({ experiment, budget, threads }: Results) => JSON.stringify([experiment, budget, threads]);
  if (settings(found) === settings(fresh)) return { ...fresh, runs: found.runs };
  throw new GnvproError(
    'ERR_RESULTS',
    `Expected results of ${settings(fresh)} in ${file} but found those of ${settings(found)}: choose another --out.`,
  );
}

/** @throws GnvproError ERR_RESULTS when the file is missing or damaged */
export async function readExperiment(folder: string): Promise<Results> {
  const file = join(folder, resultsFile);
  return parse(await readFile(file, 'utf8'), file);
}

function parse(text: string, file: string): Results {
  try {
    const value: Results = JSON.parse(text);
    if (typeof value.experiment === 'string' && Array.isArray(value.runs)) return value;
  } catch (cause) {
    throw new GnvproError('ERR_RESULTS', `Expected JSON in ${file}: ${(cause as Error).message}`, { cause });
  }
  throw new GnvproError('ERR_RESULTS', `Expected the results of an experiment in ${file}.`);
}

export async function saveResults(folder: string, results: Results): Promise<void> {
  await writeAtomically(join(folder, resultsFile), new TextEncoder().encode(`${JSON.stringify(results)}\n`));
}
