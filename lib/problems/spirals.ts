/** @file Spiral arms that wind around each other: as many classes as arms. */
import type { Samples } from '../data/samples.js';
import { checkInteger, checkNumber, checkOptions } from '../validate/check.js';
import { checkNoise, checkSampling } from './checkSampling.js';
import { planeSamples } from './planeSamples.js';

export interface SpiralsOptions {
  /** Number of samples N, 1 to 1,000,000. Default 1000. */
  samples?: number;
  /** Number of arms, 1 to 100. Default 2. */
  classes?: number;
  /** How often an arm winds around the origin, counter-clockwise where positive. Default 1. */
  turns?: number;
  /** Standard deviation of normal noise on both coordinates. Default 0. */
  noise?: number;
  /** The seed of the points; the first samples of a longer run are those of a shorter one. Default 0. */
  seed?: number;
}

/**
 * A toy problem of several classes that are not linearly separable: arm k of c has the points r (cos φ, sin φ) with
 * φ = 2π (turns · r + k/c). Sample n belongs to arm n mod c, and r² is uniform on (0, 1], which spreads the points over
 * the plane as evenly as the arms allow.
 *
 * @returns N × 2 inputs; N × 1 targets, the number of the arm from 0: labels of the loss `'crossEntropy'`
 * @throws GnvproError ERR_OPTION for unknown or unsuitable options
 */
export function generateSpirals(options: SpiralsOptions = {}): Samples {
  checkOptions(options, ['samples', 'classes', 'turns', 'noise', 'seed'], 'generateSpirals');
  const { samples = 1000, classes = 2, turns = 1, noise = 0, seed = 0 } = options;
  checkSampling(samples, seed);
  checkInteger(classes, 'classes', { min: 1, max: 100 });
  checkNumber(turns, 'turns');
  checkNoise(noise);
  return planeSamples(samples, seed, (random, n) => {
    const target = n % classes;
    const radius = Math.sqrt(1 - random.uniform());
    const angle = 2 * Math.PI * (turns * radius + target / classes);
    const [x, y] = [radius * Math.cos(angle), radius * Math.sin(angle)];
    return { point: [x + random.normal(0, noise), y + random.normal(0, noise)], target };
  });
}
