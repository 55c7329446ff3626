/** @file Features in channels: groups of equal length one after another, as the pixels of an image, channel by channel. */
import { GnvproError } from '../errors.js';
import { checkInteger, checkOneOf } from '../validate/check.js';
import { imageOf } from './image.js';
import type { FeatureShape } from './layer.js';

/** What a group of features has in common. */
export const groupings = ['channel', 'pixel'] as const;
export type Grouping = (typeof groupings)[number];

export interface ChannelOptions {
  /** Channels that the features divide into (default 1), or `image`: those of the image that they are. */
  channels?: number | 'image';
  /** A group is all pixels of one channel (`channel`), or one pixel in all channels (`pixel`). */
  by?: Grouping;
}

export function checkChannels({ channels, by }: Required<ChannelOptions>): void {
  if (channels !== 'image') checkInteger(channels, 'channels', { min: 1 });
  checkOneOf(by, 'by', groupings);
}

export interface Groups {
  readonly count: number;
  /** Features of each group. */
  readonly length: number;
  /** The group of each feature. */
  readonly of: Int32Array;
}

/** Throws ERR_SHAPE where the features do not divide into the channels. */
export function groupsOf(
  inputs: FeatureShape,
  { channels: given, by }: Required<ChannelOptions>,
  label: string,
): Groups {
  const features = inputs.count;
  const channels = given === 'image' ? imageOf(inputs, label).channels : given;
  if (features % channels !== 0) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Layer ${label}: expected features in ${channels} channels of equal length but received ${features} features.`,
    );
  }
  const pixels = features / channels;
  const [count, length] = by === 'channel' ? [channels, pixels] : [pixels, channels];
  return {
    count,
    length,
    of: Int32Array.from({ length: features }, (_, j) => (by === 'channel' ? Math.floor(j / pixels) : j % pixels)),
  };
}
