/** @file A trained scale and shift of the features: s ∘ Y + b. */
import { fixed } from '../program/shape.js';
import { checkOptions } from '../validate/check.js';
import { type ChannelOptions, checkChannels, groupsOf } from './channels.js';
import { type LayerDescription, registerLayer, type WeightBlock } from './layer.js';

/**
 * N × n → N × n with one scale and one shift for each group of features, the scales first; they begin as 1 and 0.
 * `channels` (default 1) and `by` (default `pixel`) say what a group is: by default every feature is one.
 */
export function affineScaling(options: ChannelOptions = {}): LayerDescription {
  checkOptions(options, ['channels', 'by'], 'affineScaling');
  const { channels = 1, by = 'pixel' } = options;
  checkChannels({ channels, by });
  return { type: 'affineScaling', channels, by };
}

registerLayer('affineScaling', ({ type: _, ...options }, inputs) => {
  const description = affineScaling(options) as unknown as Required<ChannelOptions>;
  const groups = groupsOf(inputs, description, 'affineScaling');
  const block = (name: string, start: number): WeightBlock => ({
    name,
    rows: 1,
    cols: groups.count,
    initialize: (_, weights) => weights.fill(start),
  });
  return {
    label: 'affineScaling',
    outputs: inputs,
    blocks: [block('s', 1), block('b', 0)],
    apply: (b, x, weights) => {
      const [scale, shift] = weights.map((row) => b.gather(row, groups.of, fixed(1, inputs.count)));
      return b.addRow(b.mulRow(x, scale), shift);
    },
  };
});
