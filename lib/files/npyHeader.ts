/**
 * @file The header of a .npy file: the mark \x93NUMPY, a version, a length, and a Python literal such as
 * `{'descr': '<f8', 'fortran_order': False, 'shape': (800, 55), }`.
 */
import type { FileHandle } from 'node:fs/promises';
import { TextDecoder } from 'node:util';
import { fileError } from './fileError.js';
import { readFully } from './reading.js';

export interface NpyHeader {
  /** E.g. `1.0`. */
  readonly version: string;
  /** E.g. `<f8`. */
  readonly dtype: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Bytes before the data. */
  readonly dataStart: number;
}

/** NumPy itself refuses longer headers. */
const longestHeader = 2 ** 16;

/** Levels of lists in lists. NumPy writes two levels for structured types with shapes, and never many. */
const deepestNesting = 16;

/** Of the first bytes of a file: all that a header may take. */
export const headerBytes = longestHeader + 12;

export async function readHeader(handle: FileHandle, fileBytes: number, file: string): Promise<NpyHeader> {
  const start = new Uint8Array(Math.min(headerBytes, fileBytes));
  await readFully(handle, start, 0, file);
  return headerOf(start, fileBytes, file);
}

/** `bytes`: the first `headerBytes` of a file, or all of a shorter one. Throws ERR_DATA_FILE. */
export function headerOf(bytes: Uint8Array, fileBytes: number, file: string): NpyHeader {
  if (!beginsWithMark(bytes)) throw fileError(`Expected ${file} to begin with \\x93NUMPY, but it is no .npy file.`);
  if (bytes.length < 12) throw malformed(`it ends after ${fileBytes} bytes`, file);
  const [major, minor] = bytes.subarray(6, 8);
  if (major < 1 || major > 3 || minor !== 0)
    throw malformed(`it has format ${major}.${minor}; 1.0, 2.0 and 3.0 are known`, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader || start + length > fileBytes) {
    throw malformed(`it names a header of ${length} bytes, but the file has ${fileBytes}`, file);
  }
  const text = new TextDecoder(major === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, start + length));
  return { version: `${major}.${minor}`, ...parse(text, file), dataStart: start + length };
}

function beginsWithMark(bytes: Uint8Array): boolean {
  const mark = [0x93, ...Buffer.from('NUMPY')];
  return mark.every((byte, i) => bytes[i] === byte);
}

export function malformed(found: string, file: string): Error {
  return fileError(`The .npy file ${file} is malformed: ${found}. Save it again.`);
}

function parse(text: string, file: string): Pick<NpyHeader, 'dtype' | 'fortranOrder' | 'shape'> {
  const value = new LiteralParser(text, (found) => malformed(`its header has ${found}`, file)).parse();
  const { descr, fortran_order: fortranOrder, shape } = value;
  if (Array.isArray(descr)) throw unreadable('a structured type', 'a[["x", "y"]] of its fields, one array each', file);
  if (typeof descr !== 'string') throw malformed('its header has no descr', file);
  if (typeof fortranOrder !== 'boolean') throw malformed('its header has no fortran_order', file);
  if (!isShape(shape)) throw malformed('its header has no shape of whole numbers', file);
  return { dtype: descr, fortranOrder, shape };
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => typeof extent === 'number' && Number.isSafeInteger(extent));
}

/** The error for a type of numbers that float64 matrices cannot take; `cure` is NumPy. */
export function unreadable(what: string, cure: string, file: string): Error {
  return fileError(`Expected little-endian numbers in ${file} but it has ${what}. Convert it in NumPy: ${cure}.`);
}

type Literal = string | number | boolean | Literal[] | null;

/** Reads a dictionary of strings, whole numbers, True, False, None, tuples and lists. */
class LiteralParser {
  #at = 0;
  #depth = 0;

  constructor(
    readonly text: string,
    readonly refuse: (found: string) => Error,
  ) {}

  parse(): Record<string, Literal> {
    const entries: Record<string, Literal> = Object.create(null);
    this.#expect('{');
    while (!this.#takes('}')) {
      const key = this.#value();
      if (typeof key !== 'string') throw this.#unexpected();
      this.#expect(':');
      entries[key] = this.#value();
      if (this.#takes(',')) continue;
      this.#expect('}');
      break;
    }
    if (this.#match(/\0*$/y) === null) throw this.#unexpected();
    return entries;
  }

  #value(): Literal {
    const quoted = this.#match(/'([^'\\]*)'|"([^"\\]*)"/y);
    if (quoted !== null) return quoted[1] ?? quoted[2];
    const number = this.#match(/(\d+)L?/y);
    if (number !== null) return Number(number[1]);
    const word = this.#match(/True|False|None/y)?.[0];
    if (word !== undefined) return word === 'None' ? null : word === 'True';
    if (this.#takes('(')) return this.#items(')');
    if (this.#takes('[')) return this.#items(']');
    throw this.#unexpected();
  }

  #items(end: string): Literal[] {
    if (++this.#depth > deepestNesting) throw this.refuse(`more than ${deepestNesting} lists in each other`);
    const items: Literal[] = [];
    while (!this.#takes(end)) {
      items.push(this.#value());
      if (this.#takes(',')) continue;
      this.#expect(end);
      break;
    }
    this.#depth--;
    return items;
  }

  #takes(mark: string): boolean {
    this.#match(/\s*/y);
    if (this.text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #expect(mark: string): void {
    if (!this.#takes(mark)) throw this.#unexpected();
  }

  /** A sticky pattern after white space. */
  #match(pattern: RegExp): RegExpExecArray | null {
    const space = /\s*/y;
    space.lastIndex = this.#at;
    space.exec(this.text);
    pattern.lastIndex = space.lastIndex;
    const found = pattern.exec(this.text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #unexpected(): Error {
    const rest = this.text.slice(this.#at).trim().slice(0, 20);
    return this.refuse(rest === '' ? 'no end' : `${JSON.stringify(rest)} where it should not`);
  }
}
