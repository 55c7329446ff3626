/**
 * @file The one table of primitives. Whatever is to be known of an operation stands in its record; no layer has a
 * derivative written by hand, and no other file lists the operations.
 */
import type { Codec } from './attributes.js';
import type { Primitive } from './primitive.js';
import { add, mul, scale, sub } from './primitives/arithmetic.js';
import { concat, gather, outer, scatter } from './primitives/columns.js';
import { constant, sampleInput, vectorInput } from './primitives/inputs.js';
import { matmul } from './primitives/matmul.js';
import { addRow, broadcastRow, mulRow, sumSamples } from './primitives/rows.js';
import { unary, unaryDerivative } from './primitives/unary.js';

const table = {
  sampleInput,
  vectorInput,
  constant,
  matmul,
  add,
  sub,
  mul,
  scale,
  addRow,
  mulRow,
  broadcastRow,
  sumSamples,
  unary,
  unaryDerivative,
  concat,
  gather,
  scatter,
  outer,
};

export type Op = keyof typeof table;

/** What an instruction carries besides its operands, by operation. */
export type AttributesOf = { [O in Op]: (typeof table)[O] extends Primitive<infer A> ? A : never };

export const primitives: Readonly<Record<Op, Primitive>> = table;

/** The attributes of an operation in the order in which they are written, each with how. */
export function codecsOf(op: Op): [name: string, codec: Codec<unknown>][] {
  return Object.entries(primitives[op].attributes);
}
