/** @file Points of the plane, and whether they lie inside an ellipse: two classes. */
import type { Samples } from '../data/samples.js';
import { checkOptions } from '../validate/check.js';
import { checkNoise, checkSampling } from './checkSampling.js';
import { planeSamples } from './planeSamples.js';

/** Semi-axes along x and y: the ellipse covers half of the square. */
const SEMI_AXES = [0.9, 2 / (0.9 * Math.PI)] as const;

export interface CircleOptions {
  /** Number of samples N, 1 to 1,000,000. Default 1000. */
  samples?: number;
  /** The seed of the points; the first samples of a longer run are those of a shorter one. Default 0. */
  seed?: number;
  /** Standard deviation of normal noise that moves the points once they are labelled. Default 0. */
  noise?: number;
}

/**
 * A toy problem of two classes, after the one of arXiv 2007.13171: points uniform on the square [−1, 1]², and whether
 * x²/a² + y²/b² < 1 with a = 0.9 and b = 2/(0.9 π), as about half of them do.
 *
 * @returns N × 2 inputs; N × 1 targets, 1 inside and 0 outside: for the loss `'logistic'`, and labels of `'crossEntropy'`
 * @throws GnvproError ERR_OPTION for unknown or unsuitable options
 */
export function generateCircle(options: CircleOptions = {}): Samples {
  checkOptions(options, ['samples', 'seed', 'noise'], 'generateCircle');
  const { samples = 1000, seed = 0, noise = 0 } = options;
  checkSampling(samples, seed);
  checkNoise(noise);
  return planeSamples(samples, seed, (random) => {
    const [x, y] = [random.uniform(-1, 1), random.uniform(-1, 1)];
    const target = Number(Math.hypot(x / SEMI_AXES[0], y / SEMI_AXES[1]) < 1);
    return { point: [x + random.normal(0, noise), y + random.normal(0, noise)], target };
  });
}
