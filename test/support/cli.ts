/** @file The command line, run in this process with its output caught, or as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Test } from 'tap';
import { run } from '../../lib/cli/cli.js';
import { root } from './scripts.js';

export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command here. Not for two at a time: the streams of the process are caught. */
export async function gnvpro(t: Test, ...args: string[]): Promise<Told> {
  const streams = [t.capture(process.stdout, 'write', written), t.capture(process.stderr, 'write', written)];
  const consoles = [t.capture(console, 'log', () => undefined), t.capture(console, 'error', () => undefined)];
  try {
    const code = await run(args);
    const [stdout, stderr] = [0, 1].map((i) =>
      [
        ...streams[i]().map(({ args }) => String(args[0])),
        ...consoles[i]().map(({ args }) => `${args.join(' ')}\n`),
      ].join(''),
    );
    return { code, stdout, stderr };
  } finally {
    for (const { restore } of [...streams, ...consoles]) restore();
  }
}

/** As the streams do. */
function written(...args: unknown[]): boolean {
  const done = args.at(-1);
  if (typeof done === 'function') done();
  return true;
}

export const main = join(root, 'dist/cli/main.js');

/** Arguments of node that break the n-th call of a function of `node:fs` (see faultyFiles.mjs). */
export function faulty(action: 'kill' | 'fail' | 'slow', name: string, number: number): string[] {
  return ['--import', `${new URL('faultyFiles.mjs', import.meta.url)}?${action}&${name}&${number}`];
}

export interface Running extends Promise<Told & { readonly signal: NodeJS.Signals | null }> {
  readonly child: ChildProcess;
  /** Resolves when standard output has shown this; rejects when the process ends before. */
  shows(text: string): Promise<void>;
}

/** Starts a command as a process: for signals, standard input and terminals. */
export function start(command: string, ...args: string[]): Running {
  const child = spawn(command, args, { env: { ...process.env, NODE_OPTIONS: '' }, timeout: 60_000 });
  const texts = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      texts[name] += chunk;
      for (const watch of watchers) watch();
    });
  }
  const ended = new Promise<Told & { signal: NodeJS.Signals | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code: code ?? -1, signal, ...texts }));
  });
  const shows = (text: string) =>
    new Promise<void>((resolve, reject) => {
      ended.then(({ stderr }) => reject(new Error(`It ended and did not show ${text}: ${stderr}`)));
      const watch = () => texts.stdout.includes(text) && resolve();
      watchers.add(watch);
      watch();
    });
  return Object.assign(ended, { child, shows });
}
