/** @file Operations without operands: they only name an input or a constant. */
import { abridged, index, reals } from '../attributes.js';
import type { Primitive } from '../primitive.js';
import { type Shape, samples, showShape, size } from '../shape.js';

export const sampleInput: Primitive<{ readonly array: number }> = {
  operands: 0,
  attributes: { array: index(({ declared }) => declared.sampleInputs.length - 1) },
  input: ({ array }) => ({ kind: 'samples', index: array }),
  shape: (_, { array }, { sampleInputs }) => samples(sampleInputs[array].cols),
  flops: () => 0,
  show: (_, { array }, { sampleInputs }) => sampleInputs[array].name,
};

export const vectorInput: Primitive<{ readonly vector: number; readonly offset: number }> = {
  operands: 0,
  attributes: {
    vector: index(({ declared }) => declared.vectorInputs.length - 1),
    offset: index(({ declared, shape }, { vector }) => declared.vectorInputs[vector].length - size(shape as Shape)),
  },
  input: ({ vector, offset }) => ({ kind: 'vector', index: vector, offset }),
  flops: () => 0,
  memory: false,
  show: (_, { vector, offset }, { vectorInputs }) => `${vectorInputs[vector].name}[${offset}…]`,
};

export const constant: Primitive<{ readonly values: Float64Array }> = {
  operands: 0,
  attributes: { values: reals },
  input: ({ values }) => ({ kind: 'constant', values }),
  misfit: (_, { values }, shape) =>
    values.length === size(shape)
      ? null
      : `${showShape(shape)} needs ${size(shape)} values but received ${values.length}`,
  flops: () => 0,
  show: (_, { values }) => `constant ${abridged(values)}`,
};
