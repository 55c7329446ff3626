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

/** What must not be lost, before anything else is done with it. */
export async function saveTraining(folder: string, { model, report }: Training): Promise<void> {
  await model.save(pathIn(folder, 'model'));
  const lines = report.iterations.map((record) => `${JSON.stringify(record)}\n`);
  await writeAtomically(pathIn(folder, 'history'), lines.join(''));
}

/** Last of all: where the report is new, all is. */
export async function saveReport(folder: string, { report }: Training, facts: object): Promise<void> {
  const { iterations: _, ...summary } = report;
  await writeAtomically(pathIn(folder, 'report'), `${JSON.stringify({ ...facts, ...summary }, null, 2)}\n`);
}

function pathIn(folder: string, name: keyof typeof fileNames): string {
  return join(resolve(folder), fileNames[name]);
}
