/** @file The options that all generators have. */
import { checkFunction, checkInteger, checkNumber, checkSignal } from '../validate/check.js';

/** The number of samples, and the seed of what is random in them. */
export function checkSampling(samples: number, seed: number): void {
  checkInteger(samples, 'samples', { min: 1, max: 1_000_000 });
  checkInteger(seed, 'seed', { min: 0, max: Number.MAX_SAFE_INTEGER });
}

/** A standard deviation. */
export function checkNoise(noise: number): void {
  checkNumber(noise, 'noise', { min: 0 });
}

export function checkWatching(signal: AbortSignal | undefined, onProgress: unknown): void {
  checkSignal(signal);
  if (onProgress !== undefined) checkFunction(onProgress, 'onProgress');
}
