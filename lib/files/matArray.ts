/** @file One array of a MATLAB file, from the body of its element: flags, dimensions, name, numbers. */
import { TextDecoder } from 'node:util';
import { type Element, Elements } from './matElements.js';
import { machineIsLittleEndian, type NumberArray, type Storage, storages } from './numbers.js';

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

interface MatClass {
  readonly name: string;
  /** Null for what holds no plain numbers. */
  readonly Type: (new (length: number) => NumberArray) | null;
}

/** Classes by their number in an array's flags (mxCELL_CLASS = 1, …). 64-bit integers become float64. */
const classes: ReadonlyMap<number, MatClass> = new Map([
  [1, { name: 'cell', Type: null }],
  [2, { name: 'struct', Type: null }],
  [3, { name: 'object', Type: null }],
  [4, { name: 'char', Type: null }],
  [5, { name: 'sparse', Type: null }],
  [6, { name: 'double', Type: Float64Array }],
  [7, { name: 'single', Type: Float32Array }],
  [8, { name: 'int8', Type: Int8Array }],
  [9, { name: 'uint8', Type: Uint8Array }],
  [10, { name: 'int16', Type: Int16Array }],
  [11, { name: 'uint16', Type: Uint16Array }],
  [12, { name: 'int32', Type: Int32Array }],
  [13, { name: 'uint32', Type: Uint32Array }],
  [14, { name: 'int64', Type: Float64Array }],
  [15, { name: 'uint64', Type: Float64Array }],
  [16, { name: 'function', Type: null }],
  [17, { name: 'opaque', Type: null }],
] satisfies [number, MatClass][]);

/** Storages by the type in an element's tag (miINT8 = 1, …). */
const tags = { 1: 'i1', 2: 'u1', 3: 'i2', 4: 'u2', 5: 'i4', 6: 'u4', 7: 'f4', 9: 'f8', 12: 'i8', 13: 'u8' } as const;

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
  if (!(type in tags)) throw refuse(`numbers are of type ${type}, which is none`);
  const storage: Storage = storages[tags[type as keyof typeof tags]];
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
