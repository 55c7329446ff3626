/** @file Samples of two coordinates and one target, drawn one by one: a longer run begins with the shorter ones. */
import type { Samples } from '../data/samples.js';
import { Random } from '../random.js';

export interface PlaneSample {
  readonly point: readonly [x: number, y: number];
  readonly target: number;
}

/** N × 2 inputs and N × 1 targets; `draw` makes sample n. */
export function planeSamples(samples: number, seed: number, draw: (random: Random, n: number) => PlaneSample): Samples {
  const random = new Random(seed);
  const inputs = { data: new Float64Array(2 * samples), shape: [samples, 2] as const };
  const targets = { data: new Float64Array(samples), shape: [samples, 1] as const };
  for (let n = 0; n < samples; n++) {
    const { point, target } = draw(random, n);
    inputs.data.set(point, 2 * n);
    targets.data[n] = target;
  }
  return { inputs, targets };
}
