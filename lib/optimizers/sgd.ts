/** @file Stochastic gradient descent on θ and W together, described, and its rule. */
import { checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import { type MiniBatchOptions, miniBatchOptions, readMiniBatch, type UpdateRule } from './miniBatch.js';
import type { SgdDescription } from './optimizer.js';

export interface SgdOptions extends MiniBatchOptions {
  /** Default 0.9. */
  momentum?: number;
  /** Whether the gradient is taken where the momentum leads (default true). */
  nesterov?: boolean;
}

export function sgd(options: SgdOptions = {}): SgdDescription {
  checkOptions(options, [...miniBatchOptions, 'momentum', 'nesterov'], 'sgd');
  const { momentum = 0.9, nesterov = true } = options;
  checkNumber(momentum, 'momentum', { min: 0, max: 0.9999 });
  checkOneOf(nesterov, 'nesterov', [true, false]);
  return { type: 'sgd', ...readMiniBatch(options, { learningRate: 1e-2 }), momentum, nesterov };
}

/** d ← μ d + η g, x ← x − d; with Nesterov's g at x − μ d (Sutskever et al., 2013). */
export class MomentumRule implements UpdateRule {
  memory: { d: Float64Array };

  constructor(
    readonly description: Pick<SgdDescription, 'momentum' | 'nesterov'>,
    length: number,
  ) {
    this.memory = { d: new Float64Array(length) };
  }

  lookAhead(x: Float64Array): Float64Array {
    const { momentum, nesterov } = this.description;
    const { d } = this.memory;
    if (!nesterov || momentum === 0) return x;
    return x.map((value, i) => value - momentum * d[i]);
  }

  update(x: Float64Array, gradient: Float64Array, learningRate: number): void {
    const { momentum } = this.description;
    const { d } = this.memory;
    for (let i = 0; i < x.length; i++) {
      d[i] = momentum * d[i] + learningRate * gradient[i];
      x[i] -= d[i];
    }
  }
}
