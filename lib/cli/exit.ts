/** @file How a command ends: the exit codes, and which error means which. */
import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { GnvproError } from '../errors.js';
import { printable } from '../validate/printable.js';
import { Interruption } from './interrupt.js';

/** `readerGone`: as the shell tells of programs that SIGPIPE ends. */
export const exit = { done: 0, misuse: 1, failed: 2, internal: 70, readerGone: 141 } as const;

/** Codes of errors that say: the numbers or the network went wrong, not the caller. */
const failureCodes = ['ERR_LAPACK', 'ERR_CONVERGENCE', 'ERR_DOWNLOAD'];

/** Codes that the native side gives to plain errors. */
const nativeCodes = ['ERR_LAPACK', 'ERR_MEMORY'];

/** A training that ended without a usable result, for numerical reasons. */
export class NumericalFailure extends Error {
  override readonly name = 'NumericalFailure';
}

/** Tells the error on standard error, a sentence to a misuse, the whole of it to a defect, and returns the exit code. */
export function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.misuse; // it has told already
  if (error instanceof Interruption) {
    console.error(`${error.message} Nothing was saved.`);
    return error.exitCode;
  }
  if (codeOf(error) === 'EPIPE') return exit.readerGone; // of a pipe that --out names
  if (!isExpected(error)) {
    console.error('This is a defect of gnvpro, please report it:', printable(inspect(error)));
    return exit.internal;
  }
  console.error(`Error: ${printable(error.message)}`);
  return error instanceof NumericalFailure || failureCodes.includes(codeOf(error)) ? exit.failed : exit.misuse;
}

/** Errors of ours and of the operating system speak for themselves. */
function isExpected(error: unknown): error is Error {
  if (error instanceof NumericalFailure || error instanceof GnvproError) return true;
  return error instanceof Error && ('syscall' in error || nativeCodes.includes(codeOf(error)));
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? '');
}
