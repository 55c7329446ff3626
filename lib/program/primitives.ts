/**
 * @file The one table of primitives. Whatever is to be known of an operation stands in its record; no layer has a
 * derivative written by hand, and no other file lists the operations. The place of an operation is its number on the wire.
 */
import type { Codec } from './attributes.js';
import type { Primitive } from './primitive.js';
import { add, mul, scale, sub } from './primitives/arithmetic.js';
import { addChannels, sumChannels } from './primitives/channels.js';
import { concat, gather, outer, scatter } from './primitives/columns.js';
import { conv2d, conv2dToInput, conv2dToKernel } from './primitives/convolution.js';
import { constant, sampleInput, vectorInput } from './primitives/inputs.js';
import { matmul } from './primitives/matmul.js';
import {
  averagePool,
  averagePoolToInput,
  maxPool,
  maxPositions,
  pickPositions,
  spreadPositions,
} from './primitives/pooling.js';
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
  conv2d,
  conv2dToInput,
  conv2dToKernel,
  averagePool,
  averagePoolToInput,
  maxPool,
  maxPositions,
  pickPositions,
  spreadPositions,
  addChannels,
  sumChannels,
};

export type Op = keyof typeof table;

/** What an instruction carries besides its operands, by operation. */
export type AttributesOf = { [O in Op]: (typeof table)[O] extends Primitive<infer A> ? A : never };

export const primitives: Readonly<Record<Op, Primitive>> = table;

/** Numbers on the wire. */
export const opcodes = Object.fromEntries(Object.keys(table).map((op, i) => [op, i])) as Readonly<Record<Op, number>>;

/** The attributes of each operation in the order in which they are written, each with how. */
export const codecs = Object.fromEntries(
  Object.entries(primitives).map(([op, { attributes }]) => [op, Object.entries(attributes)]),
) as Readonly<Record<Op, [name: string, codec: Codec<unknown>][]>>;
