/** @file The antisymmetric dense layer of stable residual networks: σ(K y + b), K = M − Mᵀ − γI. */
import { fixed } from '../program/shape.js';
import { checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import { type Activation, activate, activations } from './activation.js';
import { distribution, drawnBlock, type Initializer } from './initializer.js';
import { type LayerDescription, registerLayer, type WeightBlock } from './layer.js';

export interface AntisymmetricDenseOptions {
  /** Shift γ ≥ 0 that damps the residual flow (default 1e-4, the paper's). */
  gamma?: number;
  bias?: boolean;
  /** Default `tanh`. */
  activation?: Activation;
  initializer?: Initializer;
}

/** N × n → N × n with n² − n weights (the off-diagonal entries of M, column by column), then the bias 1 × n. */
export function antisymmetricDense(options: AntisymmetricDenseOptions = {}): LayerDescription {
  checkOptions(options, ['gamma', 'bias', 'activation', 'initializer'], 'antisymmetricDense');
  const { gamma = 1e-4, bias = true, activation = 'tanh', initializer = 'he' } = options;
  checkNumber(gamma, 'gamma', { min: 0 });
  checkOneOf(bias, 'bias', [true, false]);
  checkOneOf(activation, 'activation', activations);
  distribution(initializer, 1, 1);
  return { type: 'antisymmetricDense', gamma, bias, activation, initializer };
}

registerLayer('antisymmetricDense', ({ type: _, ...options }, { count: n }) => {
  const description = antisymmetricDense(options) as unknown as Required<AntisymmetricDenseOptions>;
  const { gamma, bias, activation, initializer } = description;
  const draw = distribution(initializer, n, n);
  const blocks: WeightBlock[] = [];
  if (n > 1) blocks.push(drawnBlock('M', 1, n * n - n, draw.weight));
  if (bias) blocks.push(drawnBlock('b', 1, n, draw.bias));
  // n² numbers each: made where the layer is traced, after its size has been looked at.
  let tables: ReturnType<typeof tablesOf> | undefined;
  return {
    label: 'antisymmetricDense',
    outputs: { count: n },
    blocks,
    apply: (b, x, weights) => {
      tables ??= tablesOf(n, gamma);
      const { lower, upper, shift } = tables;
      const diagonal = b.constant(n, n, shift);
      const difference = n > 1 ? antisymmetric(weights[0]) : null;
      function antisymmetric(M: (typeof weights)[number]) {
        return b.sub(b.gather(M, lower, fixed(n, n)), b.gather(M, upper, fixed(n, n)));
      }
      const transposedK = difference === null ? diagonal : b.add(difference, diagonal);
      const product = b.matmul(x, transposedK);
      return activate(b, bias ? b.addRow(product, weights[blocks.length - 1]) : product, activation);
    },
  };
});

/**
 * Index tables from the n² − n off-diagonal entries of M, stored column by column, to Kᵀ row-major (rows act on rows
 * of Y): entry (i, j) of Kᵀ is M[j, i] − M[i, j] off the diagonal, and −γ on it.
 */
function tablesOf(n: number, gamma: number): { lower: Int32Array; upper: Int32Array; shift: number[] } {
  const position = (row: number, col: number) => col * (n - 1) + (row < col ? row : row - 1);
  const table = (of: (i: number, j: number) => number) =>
    Int32Array.from({ length: n * n }, (_, entry) => {
      const i = Math.floor(entry / n);
      const j = entry % n;
      return i === j ? -1 : of(i, j);
    });
  return {
    lower: table((i, j) => position(j, i)),
    upper: table((i, j) => position(i, j)),
    shift: Array.from({ length: n * n }, (_, entry) => (entry % (n + 1) === 0 ? -gamma : 0)),
  };
}
