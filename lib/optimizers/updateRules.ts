/** @file What a first-order method makes of the gradient of a mini-batch. */
import type { AdamConstants, Memory, SgdDescription } from './optimizer.js';

export interface UpdateRule {
  /** Where the gradient is to be taken for the unknowns x. */
  lookAhead(x: Float64Array): Float64Array;
  /** Moves x, in place. */
  update(x: Float64Array, gradient: Float64Array, learningRate: number): void;
  /** What it has summed up, in copies. */
  memory(): Memory;
  restore(memory: Memory): void;
}

/** d ← μ d + η g, x ← x − d; with Nesterov's g at x − μ d (Sutskever et al., 2013). */
export class MomentumRule implements UpdateRule {
  #d: Float64Array;

  constructor(
    readonly description: Pick<SgdDescription, 'momentum' | 'nesterov'>,
    length: number,
  ) {
    this.#d = new Float64Array(length);
  }

  lookAhead(x: Float64Array): Float64Array {
    const { momentum, nesterov } = this.description;
    if (!nesterov || momentum === 0) return x;
    return x.map((value, i) => value - momentum * this.#d[i]);
  }

  update(x: Float64Array, gradient: Float64Array, learningRate: number): void {
    const { momentum } = this.description;
    for (let i = 0; i < x.length; i++) {
      this.#d[i] = momentum * this.#d[i] + learningRate * gradient[i];
      x[i] -= this.#d[i];
    }
  }

  memory() {
    return { d: this.#d.slice() };
  }

  restore(memory: Memory): void {
    this.#d = (memory as ReturnType<MomentumRule['memory']>).d.slice();
  }
}

/** Algorithm 1 of arXiv 1412.6980: first and second moments of the gradient, corrected for their start at zero. */
export class AdamRule implements UpdateRule {
  #first: Float64Array;
  #second: Float64Array;
  #steps = 0;

  constructor(
    readonly constants: AdamConstants,
    length: number,
  ) {
    this.#first = new Float64Array(length);
    this.#second = new Float64Array(length);
  }

  lookAhead(x: Float64Array): Float64Array {
    return x;
  }

  update(x: Float64Array, gradient: Float64Array, learningRate: number): void {
    const { beta1, beta2, epsilon } = this.constants;
    this.#steps++;
    const firstShare = 1 - beta1 ** this.#steps;
    const secondShare = 1 - beta2 ** this.#steps;
    for (let i = 0; i < x.length; i++) {
      const g = gradient[i];
      this.#first[i] = beta1 * this.#first[i] + (1 - beta1) * g;
      this.#second[i] = beta2 * this.#second[i] + (1 - beta2) * g * g;
      x[i] -= (learningRate * (this.#first[i] / firstShare)) / (Math.sqrt(this.#second[i] / secondShare) + epsilon);
    }
  }

  memory() {
    return { first: this.#first.slice(), second: this.#second.slice(), steps: this.#steps };
  }

  restore(memory: Memory): void {
    const { first, second, steps } = memory as ReturnType<AdamRule['memory']>;
    [this.#first, this.#second, this.#steps] = [first.slice(), second.slice(), steps];
  }
}
