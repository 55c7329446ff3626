/** @file ADAM (Kingma and Ba, arXiv 1412.6980) on θ and W together, described; its rule is in updateRules.ts. */
import { checkNumber, checkOptions } from '../validate/check.js';
import { type MiniBatchOptions, miniBatchOptions, readMiniBatch } from './miniBatch.js';
import type { AdamConstants, AdamDescription } from './optimizer.js';

export interface AdamOptions extends MiniBatchOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Default 1e-8. */
  epsilon?: number;
}

export const adamConstants = ['beta1', 'beta2', 'epsilon'] as const;

export function adam(options: AdamOptions = {}): AdamDescription {
  checkOptions(options, [...miniBatchOptions, ...adamConstants], 'adam');
  return { type: 'adam', ...readMiniBatch(options, { learningRate: 1e-3 }), ...readAdamConstants(options) };
}

export function readAdamConstants({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions): AdamConstants {
  checkNumber(beta1, 'beta1', { min: 0, max: 0.9999 });
  checkNumber(beta2, 'beta2', { min: 0, max: 0.999999 });
  checkNumber(epsilon, 'epsilon', { above: 0, max: 1 });
  return { beta1, beta2, epsilon };
}
