/** @file The networks that a fit tries, in rising size, and what trying them costs. */
import { identity, tanh } from '../network/activation.js';
import { concat } from '../network/concat.js';
import { dense } from '../network/dense.js';
import type { LayerDescription } from '../network/layer.js';
import { sequential } from '../network/sequential.js';
import type { TrainOptions } from '../options/trainOptions.js';
import type { TargetKind } from './samples.js';

export interface Candidate {
  readonly name: string;
  readonly network: LayerDescription;
  /** Of the network, without the last layer. */
  readonly weights: number;
  readonly features: number;
  /** Whether one start may judge it, where three are too dear: behind a bottleneck they end alike. */
  readonly mayBeOne?: boolean;
  /** How it is trained. */
  readonly training: Partial<TrainOptions>;
}

/** Rising in size: where two in a row are no better than those before, the rest is not tried. */
export type Family = readonly Candidate[];

/** Priors, and the noise of numbers, by evidence. */
const trainings: Readonly<Record<TargetKind, Partial<TrainOptions>>> = {
  numbers: { regularization: 'evidence' },
  labels: { loss: 'crossEntropy', regularization: 'evidence', stop: { iterations: 60 } },
};

export function linearModel(kind: TargetKind, inputs: number): Candidate {
  const training = trainings[kind];
  return { name: 'linear model', network: identity(), weights: 0, features: inputs, training };
}

const widths: Readonly<Record<TargetKind, readonly number[]>> = { numbers: [8, 16, 32], labels: [4, 8, 16, 40] };
/** Small bottlenecks are for many inputs, of which they make networks of some size possible at all. */
const manyInputs = 16;
const bottlenecks = [
  { directions: 3, width: 12, least: manyInputs },
  { directions: 6, width: 24, least: 7 },
  { directions: 8, width: 32, least: manyInputs },
];

/**
 * For numbers units beside the inputs, which go to the last layer too, and units behind a linear bottleneck, for many
 * inputs; for labels units alone. See docs/decisions.md.
 */
export function families(kind: TargetKind, inputs: number): Family[] {
  const training = trainings[kind];
  const units = widths[kind].map((width): Candidate => {
    const plain = sequential([dense(width), tanh()]);
    const weights = width * (inputs + 1);
    if (kind === 'labels') return { name: `${width} units`, network: plain, weights, features: width, training };
    const name = `${width} units beside the inputs`;
    return { name, network: concat([plain, identity()]), weights, features: width + inputs, training };
  });
  if (kind === 'labels') return [units];
  const behind = bottlenecks
    .filter(({ least }) => inputs >= least)
    .map(({ directions, width }) => ({
      name: `${width} units behind ${directions} directions`,
      network: sequential([dense(directions), dense(width), tanh()]),
      weights: directions * (inputs + 1) + width * (directions + 1),
      features: width,
      mayBeOne: inputs >= manyInputs,
      training,
    }));
  return behind.length === 0 ? [units] : [units, behind];
}
