/**
 * @file Arrays of numbers in MATLAB files of versions 5 to 7 (`save -v6`, `-v7`), as "MAT-File Level 5 File Format" of
 * The MathWorks describes them.
 */
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, inflate, inflateSync } from 'node:zlib';
import { fileError, reading } from './fileError.js';
import { type MatArray, parseArray, type Unread } from './matArray.js';
import { readTag } from './matElements.js';
import { checkRoom, readFully, withFile } from './reading.js';

const headerBytes = 128;
const [matrixType, compressedType] = [14, 15];

/** No deflated byte becomes more than 1032: a size beyond is damage, found before memory is taken for it. */
const mostExpansion = 1032;

export interface MatContents {
  readonly arrays: readonly MatArray[];
  /** Variables that hold no plain real numbers: cells, structures, text, complex or sparse numbers. */
  readonly unread: readonly Unread[];
}

/**
 * Reads all arrays of numbers.
 *
 * @throws GnvproError ERR_DATA_FILE for a file that cannot be read, is malformed, or of version 4 or 7.3; ERR_MEMORY for
 *   an array that does not fit
 */
export async function readMat(file: string): Promise<MatContents> {
  return reading(file, () =>
    withFile(file, async (handle, bytes) => {
      const little = await readByteOrder(handle, bytes, file);
      const arrays: MatArray[] = [];
      const unread: Unread[] = [];
      for (let at = headerBytes; at < bytes; ) {
        const { body, end } = await readTopElement(handle, at, bytes, little, file);
        if (body !== null && body.length > 0) {
          const refuse = (found: string) => malformed(found, file);
          const array = parseArray(body, little, refuse, (size) => checkRoom(size, file));
          // Arrays without a name are what MATLAB keeps of its functions.
          if (array.data === null) unread.push(array);
          else if (array.name !== '') arrays.push(array);
        }
        at = end;
      }
      return { arrays, unread };
    }),
  );
}

function malformed(found: string, file: string): Error {
  return fileError(`The MATLAB file ${file} is malformed: ${found}. Copy or download it again.`);
}

/** Whether numbers are little-endian; refuses what is no file of versions 5 to 7. */
async function readByteOrder(handle: FileHandle, bytes: number, file: string): Promise<boolean> {
  const start = Buffer.alloc(Math.min(bytes, 520));
  await readFully(handle, start, 0, file);
  if (isHdf5(start)) {
    throw fileError(
      `Expected a MATLAB file of versions 5 to 7 but ${file} is of version 7.3 (HDF5). Save it again, in MATLAB: ` +
        "load('a.mat'); save('b.mat', '-v7'); in Python: read it by h5py and write it by scipy.io.savemat.",
    );
  }
  const order = start.toString('latin1', 126, headerBytes);
  const isKnown = order === 'IM' || order === 'MI';
  const version = isKnown ? (order === 'IM' ? start.readUInt16LE(124) : start.readUInt16BE(124)) : 0;
  if (version === 0x100) return order === 'IM';
  throw fileError(
    `Expected a MATLAB file of versions 5 to 7 but ${file} is none. (One of version 4 becomes one in MATLAB: ` +
      "load('a.mat'); save('b.mat', '-v7').)",
  );
}

function isHdf5(start: Buffer): boolean {
  const mark = '\x89HDF\r\n\x1a\n';
  return (
    [0, 512].some((at) => start.toString('latin1', at, at + 8) === mark) ||
    /^MATLAB 7\.3/.test(start.toString('latin1', 0, 10))
  );
}

interface TopElement {
  /** The bytes of an array; null for anything else. */
  readonly body: Uint8Array | null;
  readonly end: number;
}

async function readTopElement(
  handle: FileHandle,
  at: number,
  bytes: number,
  little: boolean,
  file: string,
): Promise<TopElement> {
  if (bytes - at < 8) throw malformed(`it ends after ${bytes - at} bytes of an element at byte ${at}`, file);
  const tag = Buffer.alloc(8);
  await readFully(handle, tag, at, file);
  const { type, length, start } = readTag(new DataView(tag.buffer, tag.byteOffset, 8), 0, little);
  if (start === 4) return { body: null, end: at + 8 };
  if (at + 8 + length > bytes) {
    throw malformed(`the element at byte ${at} is to have ${length} bytes, but ${bytes - at - 8} are left`, file);
  }
  const end = Math.min(bytes, at + 8 + (type === compressedType ? length : 8 * Math.ceil(length / 8)));
  if (type !== matrixType && type !== compressedType) return { body: null, end };
  checkRoom(length, file);
  const content = Buffer.allocUnsafeSlow(length);
  await readFully(handle, content, at + 8, file);
  return { body: type === matrixType ? content : await inflateArray(content, little, file), end };
}

/** The body of the array that is the one element inside of a compressed one. */
async function inflateArray(compressed: Buffer, little: boolean, file: string): Promise<Uint8Array | null> {
  const damaged = (cause?: unknown) =>
    malformed(`a compressed element is damaged${cause ? `: ${(cause as Error).message}` : ''}`, file);
  let beginning: Buffer;
  try {
    beginning = inflateSync(compressed.subarray(0, 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw damaged(cause);
  }
  if (beginning.length < 8) throw damaged();
  const { type, length, start } = readTag(new DataView(beginning.buffer, beginning.byteOffset, 8), 0, little);
  if (type !== matrixType || start !== 8) return null;
  const size = 8 + length;
  if (size > mostExpansion * compressed.length) {
    throw malformed(`${compressed.length} compressed bytes are to become ${size}`, file);
  }
  checkRoom(2 * size, file); // the pieces, and all of them in one
  try {
    const element = await promisify<Buffer, object, Buffer>(inflate)(compressed, { maxOutputLength: size });
    if (element.length === size) return element.subarray(8);
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}
