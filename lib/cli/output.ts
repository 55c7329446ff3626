/**
 * @file Standard output: what was asked for, or a log. Its reader may go away, or its disk be full, at any moment. What
 * is written here does not command the terminal.
 */
import { closeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { printable } from '../validate/printable.js';
import { exit } from './exit.js';

/** Whom a command talks to: people or programs. `auto`: text on a terminal, JSON elsewhere. `none`: errors only. */
export const formats = ['auto', 'text', 'json', 'none'] as const;
export type Format = (typeof formats)[number];

export function isJson(format: Format): boolean {
  return format === 'json' || (format === 'auto' && !process.stdout.isTTY);
}

type Kind = 'answer' | 'log';

/** The first error of each kind since the last `conclude`. */
let lost: Partial<Record<Kind, NodeJS.ErrnoException>> = {};

/**
 * Makes the loss of a standard stream harmless: its errors come to who writes, and without a listener they would also end
 * the process. At its end Node resets terminals, and aborts where one is gone, but leaves closed ones alone.
 */
export function guardStreams(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const terminals = [0, 1, 2].filter(isatty);
  process.on('exit', () => {
    for (const fd of terminals) if (!isatty(fd)) closeIfOpen(fd);
  });
}

function closeIfOpen(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // Somebody has closed it.
  }
}

/** A line of what was asked for: a command that cannot write it has failed. */
export function answer(line: string): void {
  write('answer', `${printable(line)}\n`);
}

/** A line about work whose results are files: the work goes on without it. */
export function log(line: string): void {
  write('log', `${printable(line)}\n`);
}

/** A line on standard error beside the results. */
export function remark(line: string): void {
  console.error(printable(line));
}

export function write(kind: Kind, text: string): void {
  if (lost[kind] !== undefined) return; // lines after a gap would be worse than none
  process.stdout.write(text, (error) => {
    if (error) lost[kind] ??= error;
  });
}

/** Waits until all is written; the exit code of a command that would end with `code`. */
export async function conclude(code: number): Promise<number> {
  await flushed(process.stdout);
  const judged = judge(code);
  await flushed(process.stderr);
  return judged;
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}

function judge(code: number): number {
  const { answer, log } = lost;
  lost = {};
  if (log !== undefined && !isReaderGone(log)) console.error(`Warning: ${told(log)}: the rest of the log is lost.`);
  if (answer === undefined || code !== exit.done) return code;
  if (isReaderGone(answer)) return exit.readerGone;
  console.error(`Error: ${told(answer)}: what was asked for is not complete.`);
  return exit.misuse;
}

/** A reader such as `head` has gone: nobody is left to complain to. */
function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE' || code === 'ECONNRESET';
}

function told({ message }: Error): string {
  return `standard output cannot be written (${message})`;
}
