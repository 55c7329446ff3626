/** @file A graph of ONNX as it is written: nodes, and the tensors of numbers that they read. */
import { exportError } from '../error.js';
import type { Message } from './messages.js';

export type Precision = 'float32' | 'float64';

/** The numbers of ONNX for types of elements. */
const types = { float32: 1, int64: 7, float64: 11 } as const;

/** The numbers of ONNX for attributes that are integers, and lists of them. */
const [intAttribute, intsAttribute] = [2, 7];

export type Attributes = Readonly<Record<string, number | readonly number[]>>;

export class Graph {
  readonly nodes: Message<'Node'>[] = [];
  readonly tensors: Message<'Tensor'>[] = [];
  /** Tensors by what is in them, so that equal ones are written once. */
  readonly #known = new Map<unknown, string>();

  constructor(readonly precision: Precision) {}

  get elementType(): number {
    return types[this.precision];
  }

  /** Adds a node and returns the name of its result. */
  node(operator: string, input: readonly string[], attributes: Attributes = {}, output?: string) {
    const name = output ?? `v${this.nodes.length}`;
    const attribute = Object.entries(attributes).map(([name, value]) =>
      typeof value === 'number' ? { name, int: value, type: intAttribute } : { name, ints: value, type: intsAttribute },
    );
    this.nodes.push({ operator, input, output: name, name: `${operator}_${name}`, attribute });
    return name;
  }

  /** A matrix, row by row. Throws ERR_EXPORT where the precision has no such numbers. */
  matrix(values: Float64Array, rows: number, cols: number): string {
    return this.#tensor(values, [rows, cols], this.precision, () => this.#bytes(values));
  }

  scalar(value: number): string {
    return this.#tensor(`${this.precision} ${value}`, [], this.precision, () => this.#bytes(Float64Array.of(value)));
  }

  integers(values: ArrayLike<number>): string {
    const entries = BigInt64Array.from(Array.from(values, BigInt));
    return this.#tensor(entries.join(), [entries.length], 'int64', () => new Uint8Array(entries.buffer));
  }

  #bytes(values: Float64Array): Uint8Array {
    if (this.precision === 'float64') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const rounded = Float32Array.from(values);
    if (rounded.every(Number.isFinite)) return new Uint8Array(rounded.buffer);
    throw exportError('a number that it needs is too large for float32; take the precision float64');
  }

  #tensor(key: unknown, dims: readonly number[], type: keyof typeof types, bytes: () => Uint8Array): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = `c${this.tensors.length}`;
    this.tensors.push({ dims, type: types[type], name, data: bytes() });
    this.#known.set(key, name);
    return name;
  }
}
