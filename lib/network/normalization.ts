/**
 * @file Normalisation of each sample by itself. Statistics over samples (batch normalisation) are no layer here: a
 * sample never sees another one.
 */
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import { samples } from '../program/shape.js';
import { checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import { unaryAttributes } from './activation.js';
import { type ChannelOptions, checkChannels, type Groups, groupsOf } from './channels.js';
import { type LayerDescription, registerLayer } from './layer.js';

/** `standardize`: (y − mean)/√(variance + ε); `length`: y/√(Σ y² + ε). */
export const normalizationMethods = ['standardize', 'length'] as const;

export interface NormalizationOptions extends ChannelOptions {
  /** Default `standardize`. */
  method?: (typeof normalizationMethods)[number];
  /** ε > 0 (default 1e-4). */
  epsilon?: number;
}

/**
 * N × n → N × n: the features of each group of a sample, by default all of them, are normalised together; no weights.
 * `channels` (default 1) and `by` (default `channel`) say what a group is. The variance is the mean square deviation.
 */
export function normalization(options: NormalizationOptions = {}): LayerDescription {
  checkOptions(options, ['channels', 'by', 'method', 'epsilon'], 'normalization');
  const { channels = 1, by = 'channel', method = 'standardize', epsilon = 1e-4 } = options;
  checkChannels({ channels, by });
  checkOneOf(method, 'method', normalizationMethods);
  checkNumber(epsilon, 'epsilon', { above: 0 });
  return { type: 'normalization', channels, by, method, epsilon };
}

/**
 * Each image less its mean, divided by its standard deviation, over all channels: one brightness and one contrast. The same
 * as `normalization()`.
 */
export function standardizeImages({ epsilon = 1e-4 }: { epsilon?: number } = {}): LayerDescription {
  return normalization({ epsilon });
}

registerLayer('normalization', ({ type: _, ...options }, inputs) => {
  const description = normalization(options) as unknown as Required<NormalizationOptions>;
  const { method, epsilon } = description;
  const groups = groupsOf(inputs, description, 'normalization');
  return {
    label: 'normalization',
    outputs: inputs,
    blocks: [],
    apply: (b, x) => {
      if (method === 'length') return divide(b, x, sums(b, b.mul(x, x), groups), groups, epsilon);
      const centred = b.sub(x, spread(b, means(b, x, groups), groups));
      return divide(b, centred, means(b, b.mul(centred, centred), groups), groups, epsilon);
    },
  };
});

/** N × n → N × groups */
function sums(b: ProgramBuilder, x: Value, groups: Groups): Value {
  return b.scatter(x, groups.of, samples(groups.count));
}

function means(b: ProgramBuilder, x: Value, groups: Groups): Value {
  return b.scale(sums(b, x, groups), 1 / groups.length);
}

/** N × groups → N × n */
function spread(b: ProgramBuilder, x: Value, groups: Groups): Value {
  return b.gather(x, groups.of, samples(groups.of.length));
}

/** x/√(squares + ε) */
function divide(b: ProgramBuilder, x: Value, squares: Value, groups: Groups, epsilon: number): Value {
  const shifted = b.addRow(squares, b.constant(1, groups.count, new Float64Array(groups.count).fill(epsilon)));
  return b.mul(x, spread(b, b.unary(shifted, unaryAttributes('inverseSqrt')), groups));
}
