/** @file One array of a MATLAB file, from the body of its element: flags, dimensions, name, numbers. */
import { TextDecoder } from 'node:util';
import { machineIsLittleEndian } from './floats.js';
import { type Element, Elements } from './matElements.js';
import { classes, type MatClass, storages } from './matTypes.js';
import type { NumberArray } from './numberArray.js';

/** Numbers as the file has them: column-major, the first index fastest. */
export interface MatArray {
  readonly name: string;
  /** E.g. `double`. */
  readonly class: string;
  readonly shape: readonly number[];
  readonly data: NumberArray;
}

/** What holds no plain real numbers, and is not read. */
export interface Unread {
  readonly name: string;
  readonly class: string;
  readonly data: null;
}

type Refuse = (found: string) => Error;

/** `reserve` is told the bytes that an array will take, before it is made. */
export function parseArray(
  body: Uint8Array,
  little: boolean,
  refuse: Refuse,
  reserve: (bytes: number) => void,
): MatArray | Unread {
  const elements = new Elements(body, little, refuse);
  const { matClass, complex } = readFlags(elements, refuse);
  if (matClass.name === 'function' || matClass.name === 'opaque') return { name: '', class: matClass.name, data: null };
  const shape = readShape(elements, refuse);
  const name = new TextDecoder().decode(elements.next('name').body);
  if (matClass.Type === null) return { name, class: matClass.name, data: null };
  if (complex) return { name, class: `complex ${matClass.name}`, data: null };
  const count = shape.reduce((product, extent) => product * extent, 1);
  const refuseNamed: Refuse = (found) => refuse(`in ${name || 'an array without a name'}, ${found}`);
  const data = readNumbers(elements.next('numbers'), count, matClass.Type, little, refuseNamed, reserve);
  return { name, class: matClass.name, shape, data };
}

function readFlags(elements: Elements, refuse: Refuse): { matClass: MatClass; complex: boolean } {
  const { type, body } = elements.next('flags');
  if (type !== 6 || body.length !== 8) throw refuse('an array has no flags');
  const word = new DataView(body.buffer, body.byteOffset).getUint32(0, elements.little);
  const matClass = classes.get(word & 0xff);
  if (matClass === undefined) throw refuse(`an array has the class ${word & 0xff}, which is none`);
  return { matClass, complex: (word & 0x800) !== 0 };
}

function readShape(elements: Elements, refuse: Refuse): number[] {
  const { type, body } = elements.next('dimensions');
  if (type !== 5 || body.length < 8 || body.length % 4 !== 0) throw refuse('an array has no dimensions');
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const shape = Array.from({ length: body.length / 4 }, (_, i) => view.getInt32(4 * i, elements.little));
  if (shape.some((extent) => extent < 0)) throw refuse(`an array has the dimensions ${shape.join(' × ')}`);
  return shape;
}

function readNumbers(
  { type, body }: Element,
  count: number,
  Type: NonNullable<MatClass['Type']>,
  little: boolean,
  refuse: Refuse,
  reserve: (bytes: number) => void,
): NumberArray {
  const storage = storages.get(type);
  if (storage === undefined) throw refuse(`numbers are of type ${type}, which is none`);
  if (body.length !== count * storage.bytes) {
    throw refuse(`${count} numbers of ${storage.bytes} bytes are announced, but it has ${body.length} bytes`);
  }
  reserve(8 * count);
  const data = new Type(count);
  if (type === ownStorage(data) && little === machineIsLittleEndian) {
    new Uint8Array(data.buffer).set(body);
    return data;
  }
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let i = 0; i < count; i++) {
    const value = storage.read(view, i * storage.bytes, little);
    data[i] = value;
    if (isLost(value, data, i, type)) throw refuse(`number ${i} does not fit into its class`);
  }
  return data;
}

/** Floating-point numbers may be rounded, and NaN is one of them; whole numbers may not change. */
function isLost(value: number, data: NumberArray, i: number, type: number): boolean {
  const isFloat = data instanceof Float64Array || data instanceof Float32Array;
  return isFloat ? Number.isNaN(value) && type !== 7 && type !== 9 : data[i] !== value;
}

/** The storage with the bytes of the array itself; none for 64-bit integers, which are converted. */
function ownStorage(data: NumberArray): number {
  const types = [Int8Array, Uint8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array];
  const index = types.findIndex((Type) => data instanceof Type);
  return index === -1 ? 9 : index + 1;
}
