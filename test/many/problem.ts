/** @file What tests of many trainings have in common. */
import { dense, Random, sequential, tanh } from '../../lib/index.js';
import { smooth } from '../train/problem.js';

/** A training of some milliseconds: 60 samples, three inputs, two targets. */
export const training = {
  ...smooth(60, 1, 0.05),
  network: sequential([dense(4), tanh()]),
  stop: { iterations: 4 },
};

/** Two classes of 60 samples, a third of three. */
export function labelled() {
  const random = new Random(2);
  const inputs = Array.from({ length: 63 }, () => [random.normal(), random.normal()]);
  const targets = inputs.map(([x, y], n) => (n % 21 === 5 ? 'rare' : x + y > 0 ? 'above' : 'below'));
  return {
    inputs,
    targets,
    loss: 'crossEntropy' as const,
    network: sequential([dense(3), tanh()]),
    stop: { iterations: 3 },
  };
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** With n − 1 in the denominator. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}
