/** @file One HTTP request for a file or the rest of it, and what the answer means. */
import { downloadError, otherWay, reasonOf } from './failures.js';
import type { DownloadRecord } from './record.js';

/** An answer that brings bytes. */
export interface Answer {
  /** The place in the file where they begin. */
  readonly start: number;
  /** Bytes of the whole file; null where it is not known. */
  readonly total: number | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Pieces; who does not read them to the end has to return from the iterator. */
  readonly body: AsyncIterator<Uint8Array>;
}

/**
 * Asks for the bytes from `start`, of the version that `known` tells, else for all. Null where the answer to a request
 * for the rest does not continue what there is: then all has to be asked for.
 */
export async function request(
  address: string,
  start: number,
  known: DownloadRecord | null,
  signal: AbortSignal,
): Promise<Answer | null> {
  const validator = validatorOf(known);
  const continues = start > 0 && validator !== null;
  const range = continues ? { range: `bytes=${start}-`, 'if-range': validator } : null;
  const response = await send(address, { 'accept-encoding': 'identity', ...range }, signal);
  try {
    return read(response, address, continues ? start : 0, known);
  } catch (error) {
    await response.body?.cancel().catch(() => undefined);
    throw error;
  }
}

/** Weak tags stand for versions that may differ in bytes. */
export function validatorOf(known: Pick<DownloadRecord, 'etag' | 'lastModified'> | null): string | null {
  if (known?.etag && !known.etag.startsWith('W/')) return known.etag;
  return known?.lastModified ?? null;
}

async function send(address: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(address, { headers, signal });
  } catch (error) {
    signal.throwIfAborted();
    throw downloadError(`${address} cannot be reached: ${reasonOf(error)}. ${otherWay}`, error);
  }
}

function read(response: Response, address: string, start: number, known: DownloadRecord | null): Answer | null {
  const { status, statusText, headers, body } = response;
  const [etag, lastModified] = [headers.get('etag'), headers.get('last-modified')];
  if (start > 0 && (status === 206 || status === 416)) {
    const place = contentRange(headers.get('content-range'));
    const same = known !== null && isSame(known, { bytes: place.total, etag, lastModified });
    if (status === 206 && place.first === start && same && body !== null) {
      return { start, total: place.total, etag, lastModified, body: iterate(body) };
    }
    void body?.cancel().catch(() => undefined);
    // Nothing is left to send where all has come already.
    if (status === 416 && place.total === start && same) {
      return { start, total: start, etag, lastModified, body: nothing() };
    }
    return null;
  }
  if (status !== 200 || body === null) {
    const answer = statusText === '' ? status : `${status} ${statusText}`;
    throw downloadError(`${address} answered ${answer}. ${otherWay}`);
  }
  if (/^text\/html\b/i.test(headers.get('content-type') ?? '')) {
    throw downloadError(`${address} answered with a web page instead of the file. ${otherWay}`);
  }
  const length = headers.get('content-encoding') === null ? headers.get('content-length') : null;
  return { start: 0, total: length === null ? null : Number(length), etag, lastModified, body: iterate(body) };
}

type Version = Pick<DownloadRecord, 'bytes' | 'etag' | 'lastModified'>;

/** Some servers send ranges and do not mind If-Range. */
function isSame(known: Version, now: Version): boolean {
  const agrees = (a: unknown, b: unknown) => a === null || b === null || a === b;
  return agrees(known.bytes, now.bytes) && agrees(known.etag, now.etag) && agrees(known.lastModified, now.lastModified);
}

/** `bytes 100-199/200`, or with a status of 416 `bytes *\/200`. */
function contentRange(value: string | null): { first: number | null; total: number | null } {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(value ?? '');
  const number = (text: string | undefined) => (text === undefined || text === '*' ? null : Number(text));
  return { first: number(match?.[1]), total: number(match?.[2]) };
}

/** Begins to read at once: fetch() cancels what nobody has begun to read when the response is garbage. */
function iterate(body: ReadableStream<Uint8Array>): AsyncIterator<Uint8Array> {
  return (body as unknown as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
