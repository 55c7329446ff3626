/** @file What a training leaves in its folder: model.gnvpro, history.jsonl and report.json, which belong together. */
import { join, resolve } from 'node:path';
import { checkWritable, writeAtomically, writeTogether } from '../files/atomic.js';
import { digest } from '../files/digest.js';
import { makeFolder } from '../files/folder.js';
import type { Training } from '../train/train.js';

export const fileNames = { model: 'model.gnvpro', history: 'history.jsonl', report: 'report.json' } as const;

/** Digests by the name of the file, lower-case hexadecimal. */
export type Digests = Readonly<Record<string, string>>;

/** Makes the folder and tries to write in it, before any work, so that a path that cannot be written costs no training. */
export async function prepareFolder(folder: string): Promise<void> {
  await makeFolder(folder);
  for (const name of ['model', 'history', 'report'] as const) await checkWritable(pathIn(folder, name));
}

const notMeasured = { training: null, validation: null, test: null };

/**
 * Saves what must not be lost before anything else is done with it, with a report that lacks the metrics: whenever the
 * process ends, the files are of one training. Resolves to what `saveReport` needs.
 */
export async function saveTraining(folder: string, training: Training, facts: object): Promise<{ sha256: Digests }> {
  const model = training.model.toBytes();
  const history = training.report.iterations.map((record) => `${JSON.stringify(record)}\n`).join('');
  const sha256 = { [fileNames.model]: digest(model), [fileNames.history]: digest(history) };
  const unmeasured = { ...training, report: { ...training.report, baselines: [] } };
  await makeFolder(folder); // it may have been removed meanwhile
  await writeTogether([
    { path: pathIn(folder, 'model'), content: model },
    { path: pathIn(folder, 'history'), content: history },
    { path: pathIn(folder, 'report'), content: reportText(unmeasured, { ...facts, sha256, metrics: notMeasured }) },
  ]);
  return { sha256 };
}

/** Last of all, with the metrics. */
export async function saveReport(folder: string, training: Training, facts: object): Promise<void> {
  await writeAtomically(pathIn(folder, 'report'), reportText(training, facts));
}

function reportText({ report }: Training, facts: object): string {
  const { iterations: _, ...summary } = report;
  return `${JSON.stringify({ ...facts, ...summary }, null, 2)}\n`;
}

function pathIn(folder: string, name: keyof typeof fileNames): string {
  return join(resolve(folder), fileNames[name]);
}
