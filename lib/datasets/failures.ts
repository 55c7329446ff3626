/** @file How downloads fail: codes, and messages that name addresses and paths. */
import { types } from 'node:util';
import { GnvproError, isSystemError } from '../errors.js';
import { fileError } from '../files/fileError.js';

/** What helps where an address does not answer. */
export const otherWay = 'Download it by other means and pass the file, or another address, by --from.';

export function downloadError(message: string, cause?: unknown): GnvproError {
  return new GnvproError('ERR_DOWNLOAD', message, cause === undefined ? undefined : { cause });
}

/** The connection ended in the middle. */
export class CutShort extends GnvproError {
  constructor(
    address: string,
    amount: string,
    part: string,
    /** Whether the server tells versions apart, so that the part that came can be continued. */
    readonly continuable: boolean,
    cause?: unknown,
  ) {
    const reason = cause === undefined ? '' : ` (${reasonOf(cause)})`;
    const next = continuable
      ? `They are kept in ${part}: the same command goes on from there.`
      : 'The same command starts again: the server does not tell versions of the file apart.';
    super('ERR_DOWNLOAD', `The connection to ${address} ended after ${amount}${reason}. ${next}`, { cause });
  }
}

/** What lies below a "fetch failed". */
export function reasonOf(error: unknown): string {
  const { message, cause, code } = error as { message?: string; cause?: unknown; code?: string };
  if (types.isNativeError(cause)) return reasonOf(cause);
  return message || code || String(error);
}

/** Runs `write`; errors of the file system, which do not always name a file, get our code and the path. */
export async function writing<R>(path: string, write: () => Promise<R>): Promise<R> {
  try {
    return await write();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw fileError(`${path} cannot be written: ${error.message}.`, error);
  }
}
