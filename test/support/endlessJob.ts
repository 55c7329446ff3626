/** @file A folder with small data and two jobs: endless.json, which only a signal ends, and short.json. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeMatrix } from '../../lib/index.js';

const job = {
  ...{ inputs: 'inputs.npy', targets: 'targets.npy', validation: 0.2 },
  network: { type: 'dense', units: 6, activation: 'tanh' },
  optimizer: { type: 'adam' }, // which finds no end by itself
};

/** Passes the paths of files in the folder. */
export async function endlessJob(folder: string): Promise<(...parts: string[]) => string> {
  const at = (...parts: string[]) => join(folder, ...parts);
  const inputs = Array.from({ length: 60 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
  await writeMatrix(at('inputs.npy'), inputs);
  await writeMatrix(
    at('targets.npy'),
    inputs.map(([x, y]) => [Math.sin(3 * x) * y]),
  );
  const stop = { gradient: 0, objective: 0, step: 0, workUnits: 1e12, patience: 1e9 };
  writeFileSync(at('endless.json'), JSON.stringify({ ...job, stop }));
  writeFileSync(at('short.json'), JSON.stringify({ ...job, stop: { iterations: 3 } }));
  return at;
}

/** What a training leaves. */
export const resultNames = ['history.jsonl', 'model.gnvpro', 'report.json'];

/** How the training ended whose results are in a folder. */
export function statusIn(folder: string): string {
  return JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')).stop.status;
}
