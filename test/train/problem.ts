/** @file Small regression problems and the options that tests of train() start from. */

import { tanh } from '../../lib/network/activation.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { sequential } from '../../lib/network/sequential.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { Random } from '../../lib/random.js';

export interface Data {
  readonly inputs: number[][];
  readonly targets: number[][];
}

/** Two smooth functions of three numbers in [−1, 1], with normal noise. */
export function smooth(samples: number, seed = 1, noise = 0): Data {
  const random = new Random(seed);
  const inputs = Array.from({ length: samples }, () => [1, 2, 3].map(() => random.uniform(-1, 1)));
  const targets = inputs.map(([x, y, z]) => [
    Math.sin(2 * x + y) + noise * random.normal(),
    x * y + 0.5 * z + noise * random.normal(),
  ]);
  return { inputs, targets };
}

/** Three inputs, six tanh features: 24 weights. */
export const network: LayerDescription = sequential([dense(6, { initializer: 'lecun' }), tanh()]);

/** A training of a fraction of a second that no rule but those of the test stops early. */
export function options(more: Partial<TrainOptions> = {}): TrainOptions {
  return { network, backend: 'js', seed: 3, ...smooth(40), ...more };
}
