/** @file The discrete Green's function of a homogeneous box with insulating walls: potentials of currents at grid nodes. */

/** A grid of (nx + 1)(ny + 1)(nz + 1) nodes, corners included, with equal spacing in all directions. */
export interface BoxGrid {
  /** nx, ny, nz */
  readonly cells: readonly [number, number, number];
  /** h */
  readonly spacing: number;
}

/** Lines that are transformed together: what one memory access brings along. */
const LINES = 8;

/** Node (i, j, k), counted from a corner of the box. */
export type GridNode = readonly [i: number, j: number, k: number];

/** Nodes in the order in which equations and unknowns are numbered. */
export function nodeNumber({ cells: [, ny, nz] }: BoxGrid, [i, j, k]: GridNode): number {
  return (i * (ny + 1) + j) * (nz + 1) + k;
}

/** The share of a whole control volume's extent that belongs to a node: a half at the walls. */
function nodeWeight(cells: number, i: number): number {
  return i === 0 || i === cells ? 0.5 : 1;
}

/** Area over length: of the face that an edge along `axis` from a node passes. */
export function faceSize({ cells, spacing }: BoxGrid, node: GridNode, axis: number): number {
  let size = spacing;
  for (let other = 0; other < 3; other++) if (other !== axis) size *= nodeWeight(cells[other], node[other]);
  return size;
}

/**
 * Let K be the finite-volume matrix of −∇·(m ∇u) with constant m: node-centred control volumes, halved at the walls.
 * K is singular, since a constant is no current. G = K⁺ here is its inverse on the currents that sum to zero, and yields
 * the potential whose mean over the box is zero.
 *
 * The eigenvectors of K are products of cosines, so by cos a cos b = ½ cos(a − b) + ½ cos(a + b) every entry of G is a sum
 * of eight values of one function g of three whole numbers, the potential at a distance: the images of a source in the
 * walls. g is one table, the cosine transform of the inverse eigenvalues, and takes (nx + 1)(ny + 1)(nz + 1) numbers.
 */
export class BoxGreen {
  readonly #cells: readonly [number, number, number];
  readonly #table: Float64Array;

  constructor({ cells, spacing }: BoxGrid, conductivity: number) {
    this.#cells = cells;
    this.#table = transform(inverseEigenvalues(cells, spacing, conductivity), cells);
  }

  /** The potential at one node of unit current at the other; symmetric. */
  at([i, j, k]: GridNode, [i2, j2, k2]: GridNode): number {
    const [nx, ny, nz] = this.#cells;
    const x = [Math.abs(i - i2), folded(i + i2, nx)];
    const y = [Math.abs(j - j2), folded(j + j2, ny)];
    const [z0, z1] = [Math.abs(k - k2), folded(k + k2, nz)];
    let sum = 0;
    for (let a = 0; a < 2; a++) {
      for (let b = 0; b < 2; b++) {
        const row = (x[a] * (ny + 1) + y[b]) * (nz + 1);
        sum += this.#table[row + z0] + this.#table[row + z1];
      }
    }
    return sum;
  }

  /** The lower triangle of G among the nodes, in the first rows of the row-major `into` whose rows are `stride` long. */
  fill(nodes: readonly GridNode[], into: Float64Array, stride: number): void {
    const [nx, ny, nz] = this.#cells;
    const table = this.#table;
    const xs = Int32Array.from(nodes, ([i]) => i);
    const ys = Int32Array.from(nodes, ([, j]) => j);
    const zs = Int32Array.from(nodes, ([, , k]) => k);
    const [strideX, strideY] = [(ny + 1) * (nz + 1), nz + 1];
    for (let a = 0; a < xs.length; a++) {
      for (let b = 0; b <= a; b++) {
        const x0 = Math.abs(xs[a] - xs[b]) * strideX;
        const x1 = folded(xs[a] + xs[b], nx) * strideX;
        const y0 = Math.abs(ys[a] - ys[b]) * strideY;
        const y1 = folded(ys[a] + ys[b], ny) * strideY;
        const z0 = Math.abs(zs[a] - zs[b]);
        const z1 = folded(zs[a] + zs[b], nz);
        const near = table[x0 + y0 + z0] + table[x0 + y0 + z1] + table[x0 + y1 + z0] + table[x0 + y1 + z1];
        const far = table[x1 + y0 + z0] + table[x1 + y0 + z1] + table[x1 + y1 + z0] + table[x1 + y1 + z1];
        into[a * stride + b] = near + far;
      }
    }
  }
}

/** The distance to the image in the wall at 0, or by way of the wall at n: cos(πks/n) is the same for s and 2n − s. */
function folded(sum: number, cells: number): number {
  return cells - Math.abs(cells - sum);
}

/** 1/8 of the inverse of each eigenvalue times its eigenvector's squared length; 0 for the constant. */
function inverseEigenvalues(cells: readonly number[], h: number, conductivity: number): Float64Array {
  const [nx, ny, nz] = cells;
  const mu = cells.map((n) =>
    Float64Array.from({ length: n + 1 }, (_, k) => (2 * Math.sin((Math.PI * k) / (2 * n))) ** 2),
  );
  const lengths = cells.map((n) => Float64Array.from({ length: n + 1 }, (_, k) => n * (k === 0 || k === n ? 1 : 0.5)));
  const spectrum = new Float64Array((nx + 1) * (ny + 1) * (nz + 1));
  let at = 0;
  for (let i = 0; i <= nx; i++) {
    for (let j = 0; j <= ny; j++) {
      for (let k = 0; k <= nz; k++, at++) {
        const eigenvalue = conductivity * h * (mu[0][i] + mu[1][j] + mu[2][k]);
        if (at > 0) spectrum[at] = 1 / (8 * eigenvalue * lengths[0][i] * lengths[1][j] * lengths[2][k]);
      }
    }
  }
  return spectrum;
}

/** Σ over k of the spectrum times the cosines cos(πkd/n) of all three directions, in place. */
function transform(table: Float64Array, cells: readonly number[]): Float64Array {
  let stride = table.length;
  for (const n of cells) {
    const block = stride;
    stride /= n + 1;
    const cosines = cosineMatrix(n);
    for (let start = 0; start < table.length; start += block) {
      for (let first = 0; first < stride; first += LINES) {
        transformLines(table, start + first, stride, Math.min(LINES, stride - first), cosines);
      }
    }
  }
  return table;
}

/** Row-major cos(πkd/n), d and k from 0 to n. */
function cosineMatrix(n: number): Float64Array {
  const cosines = Float64Array.from({ length: 2 * n }, (_, k) => Math.cos((Math.PI * k) / n));
  return Float64Array.from({ length: (n + 1) ** 2 }, (_, at) => {
    return cosines[(Math.floor(at / (n + 1)) * (at % (n + 1))) % (2 * n)];
  });
}

/** Lines next to each other, from `offset` on; the numbers of a line are `stride` apart. */
function transformLines(
  table: Float64Array,
  offset: number,
  stride: number,
  lines: number,
  cosines: Float64Array,
): void {
  const n = Math.sqrt(cosines.length);
  const before = new Float64Array(n * lines);
  for (let k = 0; k < n; k++) {
    before.set(table.subarray(offset + k * stride, offset + k * stride + lines), k * lines);
  }
  for (let d = 0; d < n; d++) {
    for (let line = 0; line < lines; line++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += cosines[d * n + k] * before[k * lines + line];
      table[offset + d * stride + line] = sum;
    }
  }
}
