/** @file The implicit midpoint rule for u' = L u + f(u), many samples at a time over one banded factorisation. */
import { GnvproError } from '../errors.js';
import type { BandedLU } from './banded.js';

/** The largest change of an unknown of order one at which the equations of a time step count as solved. */
const TOLERANCE = 1e-10;
const MAX_ITERATIONS = 200;

/** f at one unknown: `rate` is its coefficient there. */
export type Reaction = (rate: number, u: number) => number;

export interface MidpointProblem {
  /** Factor of I − (step / 2) L. */
  readonly lu: BandedLU;
  readonly step: number;
  readonly reaction: Reaction;
  /** samples × n, row-major. */
  readonly rates: Float64Array;
  /** samples × n, row-major. */
  readonly initial: Float64Array;
}

/**
 * ū = (uⁿ + uⁿ⁺¹) / 2 solves (I − step/2 · L) ū = uⁿ + step/2 · f(ū); then uⁿ⁺¹ = 2 ū − uⁿ. Second order, A-stable, and
 * it keeps every linear invariant of L, such as mass.
 *
 * The nonlinear equations are solved to 1e-10 by Newton's method with the Jacobian of the linear part: it contracts by
 * about step/2 · |f'|, needs no factorisation of its own, and all samples share one call of LAPACK. A sample leaves as
 * soon as it has converged, so its result does not depend on the others.
 */
export class ImplicitMidpoint {
  /** The current state, samples × n, row-major. */
  readonly state: Float64Array;
  readonly #problem: MidpointProblem;
  readonly #midpoint: Float64Array;
  readonly #samples: number;
  /** Solves so far, counted per sample. */
  solves = 0;

  constructor(problem: MidpointProblem) {
    this.#problem = problem;
    this.state = problem.initial.slice();
    this.#midpoint = problem.initial.slice();
    this.#samples = problem.initial.length / problem.lu.n;
  }

  /** Advances all samples by one time step. */
  async advance(): Promise<void> {
    const { state } = this;
    const midpoint = this.#midpoint;
    // uⁿ + (uⁿ − uⁿ⁻¹) / 2, a second-order guess, as the last midpoint is (uⁿ + uⁿ⁻¹) / 2.
    for (let k = 0; k < state.length; k++) midpoint[k] = 2 * state[k] - midpoint[k];
    await this.#solve();
    for (let k = 0; k < state.length; k++) state[k] = 2 * midpoint[k] - state[k];
  }

  async #solve(): Promise<void> {
    let active = Int32Array.from({ length: this.#samples }, (_, sample) => sample);
    for (let iteration = 0; active.length > 0; iteration++) {
      if (iteration === MAX_ITERATIONS) {
        throw new GnvproError('ERR_CONVERGENCE', 'The equations of a time step were not solved; use more time steps.');
      }
      const next = await this.#problem.lu.solve(this.#rightHandSides(active));
      active = this.#update(active, next);
      this.solves += next.length / this.#problem.lu.n;
    }
  }

  #rightHandSides(active: Int32Array): Float64Array {
    const { lu, step, reaction, rates } = this.#problem;
    const { state } = this;
    const midpoint = this.#midpoint;
    const rhs = new Float64Array(active.length * lu.n);
    let out = 0;
    for (const sample of active) {
      const end = (sample + 1) * lu.n;
      for (let k = sample * lu.n; k < end; k++) rhs[out++] = state[k] + (step / 2) * reaction(rates[k], midpoint[k]);
    }
    return rhs;
  }

  /** Takes the new midpoints over; returns the samples that have not converged. */
  #update(active: Int32Array, next: Float64Array): Int32Array<ArrayBuffer> {
    const { n } = this.#problem.lu;
    const midpoint = this.#midpoint;
    return active.filter((sample, column) => {
      let change = 0;
      for (let k = 0; k < n; k++) {
        change = Math.max(change, Math.abs(next[column * n + k] - midpoint[sample * n + k]));
        midpoint[sample * n + k] = next[column * n + k];
      }
      return !(change <= TOLERANCE); // NaN stays, and ends in the error
    });
  }
}
