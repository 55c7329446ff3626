/** @file What a fit means, in sentences for those who have to decide by it. */

import type { Beaten, Figures, FitResult } from './result.js';
import type { TargetKind } from './samples.js';

type Known = Pick<FitResult, 'kind' | 'samples' | 'inputs' | 'expected' | 'baselines' | 'coverage'>;

/** Fewer samples than these, or than so many an input, may fit by chance. */
const [fewSamples, fewPerInput] = [50, 5];
/** A share of the error that hardly matters. */
const little = 0.03;
/** A model whose error is this share of that of the mean says nothing. */
const nothing = 0.97;
/** Intervals of 95 % that hold less, or more, are told. */
const honest = { least: 0.9, most: 0.99 };

export function adviceOf({ kind, expected, baselines, isLinear }: Known & { readonly isLinear: boolean }): string[] {
  const [, linear, neighbours] = baselines;
  const advice: string[] = [];
  if (isLinear) {
    advice.push('A linear model is enough: no network that was tried is better by more than chance would have it.');
  } else if (linear.score <= (1 + little) * expected.score) {
    advice.push(`A linear model would nearly do: ${compared(kind, linear, expected)}.`);
  } else {
    advice.push(`The network is worth it: ${compared(kind, linear, expected)}.`);
  }
  if (neighbours !== undefined && neighbours.error < (1 - little) * expected.error) {
    advice.push(
      `The mean of the nearest neighbours does better (${compared(kind, neighbours, expected)}): the truth may have jumps ` +
        'or corners, which smooth networks follow badly.',
    );
  }
  return advice;
}

export function cautionsOf({ kind, samples, inputs, expected, baselines, coverage }: Known): string[] {
  const [mean] = baselines;
  const cautions: string[] = [];
  if (expected.error >= nothing * mean.error) {
    const constant = kind === 'numbers' ? 'the mean of the targets' : 'the most frequent class';
    cautions.push(`It is no better than ${constant}: these inputs say nothing of the targets, or too few samples do.`);
  }
  if (samples < Math.max(fewSamples, fewPerInput * inputs)) {
    cautions.push(
      `${samples} samples are few for ${inputs} inputs: the expected error itself is uncertain, and more samples are the best cure.`,
    );
  }
  if (coverage !== null && (coverage < honest.least || coverage > honest.most)) {
    const size = coverage < honest.least ? 'small' : 'wide';
    cautions.push(
      `Its error bars are too ${size}: ${share(coverage)} of new targets were within the interval of 95 %.`,
    );
  }
  cautions.push('Where inputs are outside of the ranges that the samples have, it guesses.');
  return cautions;
}

/** `the error rate of the linear model is 3 %, that of the network 2 %`. */
function compared(kind: TargetKind, other: Beaten, own: Figures): string {
  const isInUnits = own.rmse !== null;
  const measure =
    kind === 'labels' ? 'error rate' : isInUnits ? 'root mean square error' : 'error as a share of the spread';
  const value = ({ rmse, error }: Figures) => (rmse === null ? share(error) : String(Number(rmse.toPrecision(3))));
  return `the ${measure} of the ${other.name} is ${value(other)}, that of the network ${value(own)}`;
}

function share(value: number): string {
  return `${(100 * value).toPrecision(3)} %`;
}
