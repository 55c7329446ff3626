/** @file All losses by name: those of the package and those of defineLoss(). */
import { crossEntropy } from './crossEntropy.js';
import { leastSquares } from './leastSquares.js';
import { logistic } from './logistic.js';
import { alphasOfInexactFits, type Loss, type LossFacts } from './loss.js';
import { numbers } from './numbers.js';

const builtin = [leastSquares, crossEntropy, logistic] as const;

/** What the models of a loss tell of themselves, by its name. */
export type MetricsByLoss = {
  readonly [L in (typeof builtin)[number] as L['name']]: L extends Loss<infer M> ? M : never;
};

/** The losses of the package, the default first. */
export const ofThePackage: readonly Loss[] = builtin;

const losses = new Map(ofThePackage.map((loss) => [loss.name, loss]));

export const defaultLoss = ofThePackage[0].name;

/** What holds for losses of the user's own, and so for those that models of another process had. */
export const factsOfOwn: LossFacts = {
  curvature: 'full',
  kernel: null,
  meaning: numbers,
  defaultMetric: 'loss',
  sharesUnits: false,
  takesSmoothing: false,
  baselines: { constant: null, linear: 'linear model' },
  usualAlphas: () => alphasOfInexactFits,
};

export function registerLoss(loss: Loss): void {
  losses.set(loss.name, loss);
}

export function lossNames(): string[] {
  return [...losses.keys()];
}

/** The loss of a name that is one of them. */
export function lossNamed(name: string): Loss {
  return losses.get(name) as Loss;
}

/** What is known of the loss of that name, which this process may not have. */
export function lossFacts(name: string = defaultLoss): LossFacts {
  return losses.get(name) ?? factsOfOwn;
}

/** The names of some losses of the package, for sentences: `a or b`. */
export function namesOf(some: (loss: Loss) => boolean): string {
  return ofThePackage
    .filter(some)
    .map(({ name }) => name)
    .join(' or ');
}
