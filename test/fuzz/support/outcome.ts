/** @file What may come of a call: an answer, or one of the errors that callers are told of. */
import { ours } from './hostile.js';

const codes = new Set([
  'ERR_ABORTED',
  'ERR_ARGUMENT',
  'ERR_BUSY',
  'ERR_DISPOSED',
  'ERR_LAPACK',
  'ERR_MEMORY',
  'ERR_NONFINITE',
  'ERR_PROGRAM',
]);

/** What the engine says where a call does not come to the addon, or where a value of the caller's fails by itself. */
const byEngine = /^Illegal invocation$|cannot be invoked without 'new'|on proxy|on a proxy/;

/** An answer, the code of an error, or whose error it is; throws at any other. */
export async function outcomeOf(start: () => unknown, meanwhile: () => void = () => undefined): Promise<string> {
  try {
    const answer = start();
    if (!(answer instanceof Promise)) return 'answered';
    meanwhile();
    await answer;
    return 'resolved';
  } catch (error) {
    return nameOf(error);
  }
}

/** Of a call that is not to start anything. */
export function outcomeNow(start: () => unknown): string {
  try {
    return start() instanceof Promise ? 'a promise' : 'answered';
  } catch (error) {
    return nameOf(error);
  }
}

function nameOf(error: unknown): string {
  if (ours.includes(error)) return 'thrown by the caller';
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  if (error instanceof Error && typeof code === 'string' && codes.has(code)) return code;
  if (error instanceof TypeError && code === undefined && byEngine.test(error.message))
    return 'TypeError of the engine';
  throw new Error(`An error that nobody expects: ${String(code)}: ${message}`, { cause: error });
}
