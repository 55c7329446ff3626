/** @file MATLAB's peaks function: a smooth surface of hills and hollows, for regression. */
import type { Samples } from '../data/samples.js';
import { checkOptions } from '../validate/check.js';
import { checkNoise, checkSampling } from './checkSampling.js';
import { planeSamples } from './planeSamples.js';

export interface PeaksOptions {
  /** Number of samples N, 1 to 1,000,000. Default 1000. */
  samples?: number;
  /** The seed of the points; the first samples of a longer run are those of a shorter one. Default 0. */
  seed?: number;
  /** Standard deviation of normal noise on the targets, which range from −6.55 to 8.11. Default 0. */
  noise?: number;
}

/** The height at a point: translated and scaled Gaussians, and derivatives of Gaussians. */
export function peaks(x: number, y: number): number {
  const hill = 3 * (1 - x) ** 2 * Math.exp(-(x ** 2) - (y + 1) ** 2);
  const middle = 10 * (x / 5 - x ** 3 - y ** 5) * Math.exp(-(x ** 2) - y ** 2);
  return hill - middle - Math.exp(-((x + 1) ** 2) - y ** 2) / 3;
}

/**
 * A toy regression problem: points uniform on the square [−3, 3]², and the height of MATLAB's `peaks` there,
 *
 *     3 (1 − x)² exp(−x² − (y + 1)²) − 10 (x/5 − x³ − y⁵) exp(−x² − y²) − ⅓ exp(−(x + 1)² − y²).
 *
 * @returns N × 2 inputs, N × 1 targets
 * @throws GnvproError ERR_OPTION for unknown or unsuitable options
 */
export function generatePeaks(options: PeaksOptions = {}): Samples {
  checkOptions(options, ['samples', 'seed', 'noise'], 'generatePeaks');
  const { samples = 1000, seed = 0, noise = 0 } = options;
  checkSampling(samples, seed);
  checkNoise(noise);
  return planeSamples(samples, seed, (random) => {
    const point = [random.uniform(-3, 3), random.uniform(-3, 3)] as const;
    return { point, target: peaks(...point) + random.normal(0, noise) };
  });
}
