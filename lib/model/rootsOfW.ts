/** @file The roots of the covariance of W at given θ, as last layers: what each of their columns makes of the features. */
import type { Posterior, PosteriorSizes } from './posterior.js';

/** Tᵀ of each member, m × m, where the outputs share it. */
export function transposedRoots({ roots }: Posterior, { columns }: PosteriorSizes): Float64Array {
  const size = columns * columns;
  return roots.map((_, index) => {
    const [i, j] = [Math.floor((index % size) / columns), index % columns];
    return roots[index - (index % size) + j * columns + i];
  });
}

/** Columns of T, or of each T_j, where they do not. */
export function columnsOfRoots({ columns, rootKind }: PosteriorSizes, outputs: number): number {
  return rootKind === 'whole' ? outputs * columns : columns;
}

/**
 * `count` columns from `first` on as last layers, one below the other: members × (count · t) × m, zeros behind the last one.
 * Row j of a layer is what output j has of the column; of separate roots each row is a column of its own.
 */
export function layersOfRoots(
  { roots }: Posterior,
  { members, columns: m, rootKind }: PosteriorSizes,
  t: number,
  [first, count]: readonly [first: number, count: number],
): Float64Array {
  const order = rootKind === 'whole' ? t * m : m;
  const layers = new Float64Array(members * count * t * m);
  const given = Math.min(count, order - first);
  for (let member = 0; member < members; member++) {
    for (let k = 0; k < given; k++) {
      const layer = (member * count + k) * t * m;
      // Entry (j, i) of a layer is in row jm + i of the whole root, and in the same of t roots one below the other.
      for (let row = 0; row < t * m; row++) layers[layer + row] = roots[(member * t * m + row) * order + first + k];
    }
  }
  return layers;
}
