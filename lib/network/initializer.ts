/** @file Seeded distributions of initial weights. */
import { GnvproError } from '../errors.js';
import type { Random } from '../random.js';
import type { WeightBlock } from './layer.js';

/**
 * - `he`: normal, standard deviation √(2/inputs); biases 0 (the paper's code).
 * - `lecun`: normal, standard deviation √(1/inputs); biases normal with standard deviation ½.
 * - `xavier`: uniform on ±½√(6/(inputs + outputs)) (the paper's code); biases 0.
 * - `kaimingUniform`: uniform on ±1/√inputs, biases too.
 * - `{ scale, biasScale }`: normal with these standard deviations.
 */
export type Initializer =
  | 'he'
  | 'lecun'
  | 'xavier'
  | 'kaimingUniform'
  | { readonly scale: number; readonly biasScale?: number };

export const initializerNames = ['he', 'lecun', 'xavier', 'kaimingUniform'] as const;

type Draw = (random: Random) => number;

/** How to draw a weight and a bias of a matrix inputs × outputs. */
export function distribution(initializer: Initializer, inputs: number, outputs: number): { weight: Draw; bias: Draw } {
  const normal = (sd: number): Draw => (sd === 0 ? () => 0 : (random) => sd * random.normal());
  const uniform =
    (bound: number): Draw =>
    (random) =>
      bound * (2 * random.uniform() - 1);
  switch (initializer) {
    case 'he':
      return { weight: normal(Math.sqrt(2 / inputs)), bias: normal(0) };
    case 'lecun':
      return { weight: normal(Math.sqrt(1 / inputs)), bias: normal(0.5) };
    case 'xavier':
      return { weight: uniform(0.5 * Math.sqrt(6 / (inputs + outputs))), bias: normal(0) };
    case 'kaimingUniform':
      return { weight: uniform(1 / Math.sqrt(inputs)), bias: uniform(1 / Math.sqrt(inputs)) };
    default:
      if (typeof initializer?.scale === 'number' && Number.isFinite(initializer.scale)) {
        return { weight: normal(initializer.scale), bias: normal(initializer.biasScale ?? 0) };
      }
      throw new GnvproError(
        'ERR_OPTION',
        `Expected one of ${initializerNames.join(', ')} or { scale, biasScale } for initializer but received ${JSON.stringify(initializer)}.`,
      );
  }
}

/** A block of weights that are all drawn alike. */
export function drawnBlock(name: string, rows: number, cols: number, draw: Draw): WeightBlock {
  return {
    name,
    rows,
    cols,
    initialize: (random, weights) => {
      for (let i = 0; i < weights.length; i++) weights[i] = draw(random);
    },
  };
}
