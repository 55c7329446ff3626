/** @file Convex losses of the user's own, from a few lines of traced primitives. */
import { GnvproError } from '../errors.js';
import { type Formulas, programsOf } from './formulas.js';
import { factsOfOwn, lossNames, registerLoss } from './registry.js';

export interface LossFunctions extends Formulas {
  /** What `loss` of train() and of a job names; unique. */
  readonly name: string;
  /** Whether ∂²ℓ/∂s² is diagonal, as where outputs do not mix: the projection is then much cheaper (default false). */
  readonly separable?: boolean;
}

/**
 * Defines a loss and returns its name, for `loss` of train().
 *
 * @throws GnvproError ERR_OPTION when the name is taken or a member is missing
 */
export function defineLoss(functions: LossFunctions): string {
  const { name, value, gradient, hessianProduct, separable = false } = functions ?? {};
  const complete = [value, gradient, hessianProduct].every((member) => typeof member === 'function');
  if (typeof name !== 'string' || name === '' || !complete) {
    throw new GnvproError(
      'ERR_OPTION',
      'Expected { name, value, gradient, hessianProduct } with a string and three functions for defineLoss.',
    );
  }
  if (lossNames().includes(name)) {
    throw new GnvproError('ERR_OPTION', `Expected a new name for defineLoss but "${name}" is taken.`);
  }
  registerLoss({
    ...factsOfOwn,
    name,
    programs: programsOf(name, functions),
    curvature: separable ? 'diagonal' : 'full',
  });
  return name;
}
