/**
 * @file A file from the network, complete or not at all: bytes go to `NAME.part`, which a later call continues where the
 * server allows it and still has the same version, and which gets its name when all is there and the checksum fits.
 */
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { GnvproError } from '../errors.js';
import { CutShort, downloadError, otherWay, writing } from './failures.js';
import { checksumOf, type DownloadRecord, readRecord, removeRecord, writeRecord } from './record.js';
import { type Answer, request, validatorOf } from './request.js';

export interface DownloadOptions {
  /** Known beforehand; null: what comes is taken, and its checksum is remembered. */
  readonly sha256: string | null;
  readonly signal?: AbortSignal;
  /** How long the server may send nothing. */
  readonly idleSeconds: number;
  /** Seconds between the tries to go on after a connection was cut. */
  readonly pauseSeconds?: number;
  readonly onProgress?: (received: number, total: number | null) => void;
}

export interface Downloaded {
  readonly address: string;
  readonly bytes: number;
  readonly sha256: string;
  /** The time when the download began, ISO 8601. */
  readonly date: string;
  /** Whether it was there already. */
  readonly reused: boolean;
}

/** A cut connection is continued so often, as long as every try brings something. */
const mostTries = 20;

/**
 * Brings the file at `address` to `path`, whose folder exists. One that is there, from this address and with its
 * checksum, is not asked for again.
 *
 * @throws GnvproError ERR_DOWNLOAD, ERR_CHECKSUM, ERR_DATA_FILE where it cannot be written; the reason of the signal
 */
export async function download(address: string, path: string, options: DownloadOptions): Promise<Downloaded> {
  const { signal, sha256: expected, pauseSeconds = 1 } = options;
  const there = await complete(address, path, options);
  if (there !== null) return there;
  for (let tries = 1; ; tries++) {
    const before = await sizeOf(`${path}.part`);
    try {
      await transfer(address, path, options);
      break;
    } catch (error) {
      const progress = (await sizeOf(`${path}.part`)) > before;
      if (!(error instanceof CutShort && error.continuable && progress && tries < mostTries)) throw error;
      await pause(1000 * pauseSeconds, undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }
  return finish(address, path, expected, signal);
}

async function complete(
  address: string,
  path: string,
  { sha256: expected, signal }: DownloadOptions,
): Promise<Downloaded | null> {
  const record = await readRecord(path);
  if (record === null || record.sha256 === null || record.address !== address) return null;
  if (expected !== null && record.sha256 !== expected) return null;
  if ((await checksumOf(path, signal)) !== record.sha256) return null;
  const { date, sha256 } = record;
  return { address, bytes: await sizeOf(path), sha256, date, reused: true };
}

/** Bytes of a file; 0 where there is none. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found?.size ?? 0;
}

/** One connection, or a second where the first answers that it cannot continue. Returns when all bytes are here. */
async function transfer(address: string, path: string, options: DownloadOptions): Promise<void> {
  const part = `${path}.part`;
  const known = await partRecord(address, path);
  using watch = new Watch(address, options.idleSeconds, options.signal);
  const start = known === null ? 0 : await sizeOf(part);
  const answer =
    (await request(address, start, known, watch.signal)) ?? ((await request(address, 0, null, watch.signal)) as Answer);
  const { total, etag, lastModified, body } = answer;
  const date = answer.start > 0 ? (known as DownloadRecord).date : new Date().toISOString();
  try {
    // The record comes before the first byte: a part without its record would not be known for what it is.
    await writing(path, () => writeRecord(path, { address, etag, lastModified, bytes: total, sha256: null, date }));
    const received = await writing(part, () => receive(answer, part, watch, options));
    if (total !== null && received !== total) throw cutShort(answer, address, received, part);
  } finally {
    await body.return?.().catch(() => undefined);
  }
}

/** The record of a part that can be continued. */
async function partRecord(address: string, path: string): Promise<DownloadRecord | null> {
  const record = await readRecord(path);
  return record?.address === address && record.sha256 === null && validatorOf(record) !== null ? record : null;
}

/** Writes what comes; returns how long the file is then. */
async function receive(answer: Answer, part: string, watch: Watch, options: DownloadOptions): Promise<number> {
  const file = await open(part, answer.start > 0 ? 'r+' : 'w');
  try {
    let at = answer.start;
    options.onProgress?.(at, answer.total);
    for await (const piece of incoming(answer, watch, part, () => at)) {
      await writeFully(file, piece, at);
      at += piece.length;
      options.onProgress?.(at, answer.total);
    }
    await file.sync().catch(ignoreUnsupported);
    return at;
  } finally {
    await file.close();
  }
}

async function* incoming(
  answer: Answer,
  watch: Watch,
  part: string,
  received: () => number,
): AsyncGenerator<Uint8Array> {
  for (;;) {
    const next = await answer.body.next().catch((error) => {
      watch.signal.throwIfAborted();
      throw cutShort(answer, watch.address, received(), part, error);
    });
    if (next.done) return;
    watch.restart();
    yield next.value;
  }
}

function cutShort(answer: Answer, address: string, received: number, part: string, cause?: unknown): CutShort {
  const amount = answer.total === null ? `${received} bytes` : `${received} of ${answer.total} bytes`;
  return new CutShort(address, amount, part, validatorOf(answer) !== null, cause);
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Devices cannot be flushed. */
function ignoreUnsupported(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EINVAL') throw error;
}

async function finish(
  address: string,
  path: string,
  expected: string | null,
  signal: AbortSignal | undefined,
): Promise<Downloaded> {
  const part = `${path}.part`;
  const sha256 = (await checksumOf(part, signal)) as string;
  if (expected !== null && sha256 !== expected) {
    await rm(part, { force: true });
    await removeRecord(path);
    throw new GnvproError(
      'ERR_CHECKSUM',
      `Expected the SHA-256 ${expected} for what ${address} sends but received ${sha256}: it is damaged, or another ` +
        `version. It was removed; the same command tries again. ${otherWay}`,
    );
  }
  const record = { ...((await readRecord(path)) as DownloadRecord), sha256, bytes: await sizeOf(part) };
  await writing(path, async () => {
    // The record first: a file with it but without its name is downloaded again, one without it would be trusted.
    await writeRecord(path, record);
    await rename(part, path);
  });
  return { address, bytes: record.bytes, sha256, date: record.date, reused: false };
}

/** Aborts with the caller's signal, or when nothing was heard for too long. */
class Watch {
  readonly #idle = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  readonly signal: AbortSignal;

  constructor(
    readonly address: string,
    readonly seconds: number,
    signal: AbortSignal | undefined,
  ) {
    this.signal = signal === undefined ? this.#idle.signal : AbortSignal.any([signal, this.#idle.signal]);
    this.restart();
  }

  restart(): void {
    clearTimeout(this.#timer);
    const error = () => downloadError(`${this.address} has sent nothing for ${this.seconds} s. ${otherWay}`);
    this.#timer = setTimeout(() => this.#idle.abort(error()), 1000 * this.seconds);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
