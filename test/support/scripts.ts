/** @file Scripts in processes of their own, in a folder that has the built package installed. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A temporary folder where `import 'gnvpro'` finds the package; removed after the tests of the file. */
export function projectFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gnvpro-scripts-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules/gnvpro'), 'dir');
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Of both streams. */
  readonly output: string;
  readonly seconds: number;
}

/** Runs `code` as the module `name` of the folder, for at most a minute. */
export function runScript(folder: string, name: string, code: string): Promise<Ended> {
  const file = join(folder, name);
  writeFileSync(file, code);
  return runFile([file], { cwd: folder, timeout: 60_000 });
}

/** Runs a file with its arguments, for at most so many milliseconds. */
export function runFile(
  args: readonly string[],
  { env = {}, ...options }: { cwd: string; timeout: number; env?: Record<string, string> },
): Promise<Ended> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { ...options, env: { ...process.env, NODE_OPTIONS: '', ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('close', (status, signal) =>
      resolve({ status, signal, output, seconds: (performance.now() - start) / 1000 }),
    );
  });
}
