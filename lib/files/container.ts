/**
 * @file The container of models and checkpoints, all numbers little-endian:
 *
 * | bytes | content |
 * |---|---|
 * | 0 … 7 | magic: 0x89, three letters of the format, CR LF 0x1a LF (a transfer as text damages it) |
 * | 8 … 11 | format version, uint32 |
 * | 12 … 15 | length of the header, uint32, a multiple of 8 |
 * | 16 … 23 | length of the whole file, uint64 |
 * | 24 … | header: JSON in UTF-8, filled up with spaces |
 * | then | float64 arrays, one after the other, as the header's table `arrays` says |
 * | last 32 | SHA-256 of everything before |
 */
import { createHash } from 'node:crypto';
import { TextDecoder, TextEncoder } from 'node:util';
import { GnvproError } from '../errors.js';
import { show } from '../validate/check.js';
import { deepest, isTooDeep } from '../validate/depth.js';
import { readFloats, writeFloats } from './numbers.js';

export interface StoredArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export interface Contents {
  readonly header: Readonly<Record<string, unknown>>;
  readonly arrays: ReadonlyMap<string, StoredArray>;
}

/** A kind of file, and what messages say of it. */
export interface Format {
  /** Three letters of the magic. */
  readonly letters: string;
  readonly version: number;
  /** What messages call it: "model file". */
  readonly noun: string;
  /** Of errors. */
  readonly code: string;
  /** What to do where a file is empty, damaged, or of another format: sentences. */
  readonly cures: { readonly empty: string; readonly damaged: string; readonly newer: string };
}

const preambleLength = 24;
const checksumLength = 32;

export class Container {
  readonly #magic: Uint8Array;

  constructor(readonly format: Format) {
    this.#magic = Uint8Array.from([0x89, ...Buffer.from(format.letters), 0x0d, 0x0a, 0x1a, 0x0a]);
  }

  pack({ header, arrays }: Contents): Uint8Array {
    let dataLength = 0;
    const table = [...arrays].map(([name, { shape, data }]) => {
      const offset = dataLength;
      dataLength += data.byteLength;
      return { name, shape, offset };
    });
    const text = paddedText(JSON.stringify({ ...header, arrays: table }));
    const dataStart = preambleLength + text.length;
    const bytes = new Uint8Array(dataStart + dataLength + checksumLength);
    const view = new DataView(bytes.buffer);
    bytes.set(this.#magic);
    view.setUint32(8, this.format.version, true);
    view.setUint32(12, text.length, true);
    view.setBigUint64(16, BigInt(bytes.length), true);
    bytes.set(text, preambleLength);
    for (const { name, offset } of table)
      writeFloats(bytes, dataStart + offset, (arrays.get(name) as StoredArray).data);
    bytes.set(checksum(bytes), bytes.length - checksumLength);
    return bytes;
  }

  /** Throws the error of the format for everything that `pack` did not write. Allocates nothing larger than `bytes`. */
  unpack(bytes: Uint8Array): Contents {
    const headerLength = this.#checkPreamble(bytes);
    const dataStart = preambleLength + headerLength;
    const { arrays: table, ...header } = this.#parseHeader(bytes.subarray(preambleLength, dataStart));
    const data = bytes.subarray(dataStart, bytes.length - checksumLength);
    const arrays = new Map<string, StoredArray>();
    if (!Array.isArray(table)) throw this.damaged('its header has no table of arrays');
    let left = data.length;
    for (const entry of table) {
      const { name, array } = this.#readArray(data, entry);
      left -= array.data.byteLength;
      if (left < 0 || arrays.has(name)) throw this.damaged('its arrays overlap');
      arrays.set(name, array);
    }
    return { header, arrays };
  }

  damaged(found: string, cause?: unknown): GnvproError {
    const { noun, cures } = this.format;
    return this.error(`The ${noun} is damaged: ${found}. ${cures.damaged}`, cause);
  }

  error(message: string, cause?: unknown): GnvproError {
    return new GnvproError(this.format.code, message, cause === undefined ? undefined : { cause });
  }

  /** Whether the bytes, or as many as there are, begin as a file of the format does. */
  isBegun(bytes: Uint8Array): boolean {
    return this.#magic.every((byte, i) => i >= bytes.length || bytes[i] === byte);
  }

  /** The length of the header, after all checks that need no parsing. */
  #checkPreamble(bytes: Uint8Array): number {
    const { noun, version: known, cures } = this.format;
    if (bytes.length === 0) throw this.error(`The ${noun} is empty. ${cures.empty}`);
    if (!this.isBegun(bytes)) {
      throw this.error(`This is not a gnvpro ${noun}: it does not begin with the mark of one. Check the path.`);
    }
    if (bytes.length < preambleLength + checksumLength) throw this.damaged(`it ends after ${bytes.length} bytes`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const version = view.getUint32(8, true);
    if (version > known) {
      throw this.error(
        `The ${noun} has format ${version}, but this gnvpro reads formats up to ${known}. ${cures.newer}`,
      );
    }
    const length = view.getBigUint64(16, true);
    if (length !== BigInt(bytes.length)) throw this.damaged(`it should have ${length} bytes but has ${bytes.length}`);
    if (Buffer.compare(checksum(bytes), bytes.subarray(bytes.length - checksumLength)) !== 0) {
      throw this.damaged('its checksum does not match its content');
    }
    const headerLength = view.getUint32(12, true);
    if (version < 1 || headerLength % 8 !== 0 || preambleLength + headerLength + checksumLength > bytes.length) {
      throw this.damaged(`it names format ${version} and a header of ${headerLength} bytes`);
    }
    return headerLength;
  }

  #parseHeader(text: Uint8Array): Record<string, unknown> {
    let header: unknown;
    try {
      header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
    } catch (cause) {
      throw this.damaged('its header is not JSON', cause);
    }
    if (header === null || typeof header !== 'object' || Array.isArray(header)) {
      throw this.damaged('its header is no object');
    }
    if (isTooDeep(header)) throw this.damaged(`its header is nested more than ${deepest} deep`);
    return header as Record<string, unknown>;
  }

  #readArray(data: Uint8Array, entry: unknown): { name: string; array: StoredArray } {
    const { name, shape, offset } = (entry ?? {}) as Record<string, unknown>;
    const isSize = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
    if (typeof name !== 'string' || !Array.isArray(shape) || !shape.every(isSize) || !isSize(offset)) {
      throw this.damaged('its table of arrays has an entry that is not one');
    }
    const count = shape.reduce((product, extent) => product * extent, 1);
    if (!((offset as number) + 8 * count <= data.length)) {
      throw this.damaged(`its array ${show(name)} of shape ${shape.slice(0, 4).join(' × ')} reaches outside the file`);
    }
    return { name, array: { shape, data: readFloats(data, offset as number, count) } };
  }
}

function paddedText(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

function checksum(bytes: Uint8Array): Uint8Array {
  return createHash('sha256')
    .update(bytes.subarray(0, bytes.length - checksumLength))
    .digest();
}
