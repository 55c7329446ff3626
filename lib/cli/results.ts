/** @file What a training leaves in its folder: model.gnvpro, history.jsonl, report.json, each all or nothing. */
import { access, constants, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeAtomically } from '../files/atomic.js';
import type { Training } from '../train/train.js';

export const fileNames = { model: 'model.gnvpro', history: 'history.jsonl', report: 'report.json' } as const;

/** Makes the folder, before any work, so that a path that cannot be written costs no training. */
export async function prepareFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
}

/** The report comes last: where it is new, all of it is. */
export async function saveResults(folder: string, { model, report }: Training, facts: object): Promise<void> {
  const path = (name: keyof typeof fileNames) => join(resolve(folder), fileNames[name]);
  const { iterations, ...summary } = report;
  await model.save(path('model'));
  await writeText(path('history'), iterations.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await writeText(path('report'), `${JSON.stringify({ ...facts, ...summary }, null, 2)}\n`);
}

function writeText(path: string, text: string): Promise<void> {
  return writeAtomically(path, new TextEncoder().encode(text));
}
