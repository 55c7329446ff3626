/** @file MATLAB files of version 5 from numbers, byte by byte, in either byte order. */
import { deflateSync } from 'node:zlib';

const storageOf = {
  Int8Array: [1, 8],
  Uint8Array: [2, 9],
  Int16Array: [3, 10],
  Uint16Array: [4, 11],
  Int32Array: [5, 12],
  Uint32Array: [6, 13],
  Float32Array: [7, 7],
  Float64Array: [9, 6],
} as const;

type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

export interface Variable {
  readonly name: string;
  readonly shape: readonly number[];
  /** Column-major. */
  readonly data: Numbers;
}

interface Options {
  readonly compress?: boolean;
  readonly little?: boolean;
}

export function matFile(variables: readonly Variable[], { compress = false, little = true }: Options = {}): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.write('MATLAB 5.0 MAT-file');
  header.fill(0, 116, 124);
  if (little) header.writeUInt16LE(0x100, 124);
  else header.writeUInt16BE(0x100, 124);
  header.write(little ? 'IM' : 'MI', 126);
  const elements = variables.map((variable) => {
    const array = matrix(variable, little);
    if (!compress) return array;
    const deflated = deflateSync(array, { level: 1 });
    return Buffer.concat([tag(15, deflated.length, little), deflated]);
  });
  return Buffer.concat([header, ...elements]);
}

function matrix({ name, shape, data }: Variable, little: boolean): Buffer {
  const [type, matClass] = storageOf[data.constructor.name as keyof typeof storageOf];
  const body = Buffer.concat([
    element(6, bytesOf(Uint32Array.of(matClass, 0), little), little),
    element(5, bytesOf(Int32Array.from(shape), little), little),
    element(1, Buffer.from(name), little),
    element(type, bytesOf(data, little), little),
  ]);
  return Buffer.concat([tag(14, body.length, little), body]);
}

export function element(type: number, data: Buffer, little = true): Buffer {
  return Buffer.concat([tag(type, data.length, little), data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
}

export function tag(type: number, length: number, little = true): Buffer {
  return bytesOf(Uint32Array.of(type, length), little);
}

/** Tests run on machines that are little-endian, as the package does. */
function bytesOf(values: Numbers, little: boolean): Buffer {
  const bytes = Buffer.from(Uint8Array.from(Buffer.from(values.buffer, values.byteOffset, values.byteLength)));
  const size = values.BYTES_PER_ELEMENT;
  if (little || size === 1) return bytes;
  return size === 2 ? bytes.swap16() : size === 4 ? bytes.swap32() : bytes.swap64();
}
