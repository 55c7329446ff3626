/** @file ADAM (Kingma and Ba, arXiv 1412.6980) on θ and W together, described, and its rule. */
import { checkNumber, checkOptions } from '../validate/check.js';
import { type MiniBatchOptions, miniBatchOptions, readMiniBatch, type UpdateRule } from './miniBatch.js';
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

/** Algorithm 1 of arXiv 1412.6980: first and second moments of the gradient, corrected for their start at zero. */
export class AdamRule implements UpdateRule {
  memory: { first: Float64Array; second: Float64Array; steps: number };

  constructor(
    readonly constants: AdamConstants,
    length: number,
  ) {
    this.memory = { first: new Float64Array(length), second: new Float64Array(length), steps: 0 };
  }

  lookAhead(x: Float64Array): Float64Array {
    return x;
  }

  update(x: Float64Array, gradient: Float64Array, learningRate: number): void {
    const { beta1, beta2, epsilon } = this.constants;
    const { first, second } = this.memory;
    const steps = ++this.memory.steps;
    const firstShare = 1 - beta1 ** steps;
    const secondShare = 1 - beta2 ** steps;
    for (let i = 0; i < x.length; i++) {
      const g = gradient[i];
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      x[i] -= (learningRate * (first[i] / firstShare)) / (Math.sqrt(second[i] / secondShare) + epsilon);
    }
  }
}
