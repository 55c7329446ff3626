/** @file Where W begins for the methods that do not project it out. */
import { Random } from '../random.js';
import { checkOneOf } from '../validate/check.js';

/** `projected` (default): by one projection at the first θ, as in the paper's comparisons; `random`: uniform, by fan-in. */
export type InitialW = 'projected' | 'random';

export function readInitialW({ initialW = 'projected' }: { initialW?: InitialW }): InitialW {
  checkOneOf(initialW, 'initialW', ['projected', 'random']);
  return initialW;
}

/** Another stream than that of θ. */
const another = 0x9e3779b9;

/** t × m, uniform in ±√(1/m) (Glorot and Bengio, 2010). */
export function randomW(targets: number, columns: number, seed: number): Float64Array {
  const random = new Random((seed + another) % Number.MAX_SAFE_INTEGER);
  const bound = Math.sqrt(1 / columns);
  return Float64Array.from({ length: targets * columns }, () => random.uniform(-bound, bound));
}
