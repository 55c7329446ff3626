/** @file Files inside of a .tar.gz archive, into memory. Nothing is written under a name that the archive gives. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unpackTar } from 'modern-tar';
import { GnvproError } from '../errors.js';
import { fileError, reading } from '../files/fileError.js';
import { checkRoom, readFully, withFile } from '../files/reading.js';

/** Beside the files that are wanted: text, and what the archive itself needs. */
const allowance = 2 ** 24;

/**
 * The files whose names, without their folders, are in `wanted`; none of them may have more than `mostBytes`.
 *
 * @throws GnvproError ERR_DATA_FILE, ERR_MEMORY
 */
export async function readArchive(
  file: string,
  wanted: readonly string[],
  mostBytes: number,
): Promise<Map<string, Uint8Array>> {
  const archive = await reading(file, () => decompress(file, wanted.length * mostBytes + allowance));
  const found = new Map<string, Uint8Array>();
  for (const { name, size, data } of await unpack(archive, wanted, file)) {
    if (found.has(name)) throw fileError(`Expected one ${name} in the archive ${file} but it has several.`);
    if (data.length !== size) throw damaged(file, `it ends within ${name}`);
    if (size > mostBytes) {
      throw fileError(`Expected at most ${mostBytes} bytes of ${name} in the archive ${file} but it has ${size}.`);
    }
    found.set(name, data);
  }
  const missing = wanted.filter((name) => !found.has(name));
  if (missing.length > 0) throw fileError(`Expected ${missing.join(', ')} in the archive ${file} but it has none.`);
  return found;
}

function damaged(file: string, how: string, cause?: unknown): GnvproError {
  return fileError(`The archive ${file} is damaged: ${how}. Copy or download it again.`, cause);
}

/**
 * Gzip tells the length at its end, so that the memory is taken once. It has a checksum too: what comes through is what
 * was packed.
 */
async function decompress(file: string, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const length = await withFile(file, async (handle, bytes) => {
    const end = Buffer.alloc(4);
    if (bytes < 18) throw damaged(file, `it has ${bytes} bytes`);
    await readFully(handle, end, bytes - 4, file);
    return end.readUInt32LE();
  });
  if (length > mostBytes) throw damaged(file, `it is to become ${length} bytes, of at most ${mostBytes}`);
  checkRoom(2 * length, file); // the archive, and the files in it
  const archive = new Uint8Array(length);
  let at = 0;
  try {
    await pipeline(createReadStream(file), createGunzip(), async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) {
        at += piece.length;
        if (at > length) break;
        archive.set(piece, at - piece.length);
      }
    });
  } catch (error) {
    if (error instanceof GnvproError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    if (at <= length) throw damaged(file, (error as Error).message, error);
  }
  if (at > length) throw damaged(file, `it becomes more than the ${length} bytes that it names`);
  if (at !== length) throw damaged(file, `it becomes ${at} bytes instead of ${length}`);
  return archive;
}

interface Unpacked {
  readonly name: string;
  /** Bytes that the archive announces. */
  readonly size: number;
  readonly data: Uint8Array;
}

async function unpack(archive: Uint8Array<ArrayBuffer>, wanted: readonly string[], file: string): Promise<Unpacked[]> {
  const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  try {
    const entries = await unpackTar(archive, {
      filter: ({ name, type }) => type === 'file' && wanted.includes(nameOf(name)),
    });
    return entries.map(({ header, data }) => {
      return { name: nameOf(header.name), size: header.size ?? 0, data: data ?? new Uint8Array(0) };
    });
  } catch (error) {
    throw damaged(file, (error as Error).message, error);
  }
}
