/** @file A body of other conductivity in a homogeneous box: the currents that stand for it. */
import { GnvproError } from '../errors.js';
import { addScaled, dot } from '../linalg/vector.js';
import { type BoxGreen, type BoxGrid, faceSize, type GridNode } from './boxGreen.js';

/** Iterations end at this part of the first residual, in the norm of G. */
const TOLERANCE = 1e-11;
/** Far more than the about 20 of a contrast of 10. */
const MAX_ITERATIONS = 1000;

/** A cuboid of nodes, its corners included. */
export interface GridPart {
  readonly first: GridNode;
  readonly last: GridNode;
}

/**
 * The finite volumes around the nodes have the matrix K of −∇·(m ∇u), where the current through a face is m_face · area ·
 * difference of potential / distance and m_face = √(m_i m_j), the geometric mean of both nodes. With D = diag(m_i / m₀) and
 * K₀ the matrix of constant m₀,
 *
 *     D^(−½) K D^(−½) = K₀ + V,    V = diag(Σ_j κ_ij (√(m_j / m_i) − 1)),
 *
 * over the neighbours j of i with their conductances κ_ij in K₀: Liouville's transformation v = √(m/m₀) u, exact on the grid.
 * A body in a homogeneous box is then a diagonal, zero but in the body and right beside it.
 */
export interface Anomaly {
  /** The nodes where V is not zero. */
  readonly nodes: readonly GridNode[];
  /** V in siemens. */
  readonly excess: Float64Array;
}

/**
 * @param part holds the body
 * @param background m₀ in S/m
 * @param conductivity m in S/m at a node; m₀ outside of the part
 */
export function findAnomaly(
  grid: BoxGrid,
  part: GridPart,
  background: number,
  conductivity: (node: GridNode) => number,
): Anomaly {
  // Two nodes more on each side: the body's neighbours, and theirs.
  const low = part.first.map((at) => Math.max(0, at - 2));
  const high = part.last.map((at, axis) => Math.min(grid.cells[axis], at + 2));
  const strideY = high[2] - low[2] + 1;
  const strides = [(high[1] - low[1] + 1) * strideY, strideY, 1];
  const places = nodesBetween(low, high);
  const values = Float64Array.from(places, conductivity);
  const nodes: GridNode[] = [];
  const excess: number[] = [];
  places.forEach((node, n) => {
    let sum = 0;
    for (let axis = 0; axis < 3; axis++) {
      const size = background * faceSize(grid, node, axis);
      if (node[axis] > low[axis]) sum += size * (Math.sqrt(values[n - strides[axis]] / values[n]) - 1);
      if (node[axis] < high[axis]) sum += size * (Math.sqrt(values[n + strides[axis]] / values[n]) - 1);
    }
    if (sum === 0) return;
    nodes.push(node);
    excess.push(sum);
  });
  return { nodes, excess: Float64Array.from(excess) };
}

/** The nodes of a box in the order of their numbers. */
function nodesBetween(low: readonly number[], high: readonly number[]): GridNode[] {
  const nodes: GridNode[] = [];
  for (let i = low[0]; i <= high[0]; i++) {
    for (let j = low[1]; j <= high[1]; j++) for (let k = low[2]; k <= high[2]; k++) nodes.push([i, j, k]);
  }
  return nodes;
}

/**
 * Solves (K₀ + V) v = q, given u₀ = G q: v = u₀ + G p with the currents p = −V v, zero outside of the anomaly's nodes, where
 * (I + V G) p = −V u₀. There the potential is u = v, up to the constant that Neumann's problem leaves free.
 *
 * I + V G is symmetric and positive definite in the inner product of G, and V G is small but for a few directions,
 * however fine the grid. So conjugate gradients in that inner product, with one product by G an iteration, end soon.
 */
export class AnomalySolver {
  readonly #green: BoxGreen;
  /** The lower triangle of G among the nodes, filled up with zeros to a multiple of four rows and columns. */
  #matrix = new Float64Array(0);

  constructor(green: BoxGreen) {
    this.#green = green;
  }

  /**
   * @param potential u₀ at the anomaly's nodes
   * @returns p there
   * @throws GnvproError ERR_CONVERGENCE for a conductivity that is not finite or positive, or whose contrast is extreme
   */
  solve({ nodes, excess }: Anomaly, potential: Float64Array): Float64Array {
    const n = nodes.length;
    const size = 4 * Math.ceil(n / 4);
    this.#fill(nodes, size);
    const currents = new Float64Array(size);
    const residual = new Float64Array(size);
    excess.forEach((v, i) => {
      residual[i] = -v * potential[i];
    });
    let z = this.#potentials(residual);
    let rz = dot(residual, z);
    const direction = residual.slice();
    const s = z.slice(); // G times the direction
    const goal = TOLERANCE ** 2 * rz;
    for (let k = 0; !(rz <= goal); k++) {
      if (k === MAX_ITERATIONS) throw new GnvproError('ERR_CONVERGENCE', unsolved);
      const image = direction.slice();
      for (let i = 0; i < n; i++) image[i] += excess[i] * s[i];
      const step = rz / dot(s, image);
      addScaled(currents, step, direction);
      addScaled(residual, -step, image);
      z = this.#potentials(residual);
      const before = rz;
      rz = dot(residual, z);
      renew(direction, residual, rz / before);
      renew(s, z, rz / before);
    }
    return currents.subarray(0, n);
  }

  #fill(nodes: readonly GridNode[], size: number): void {
    if (this.#matrix.length < size * size) this.#matrix = new Float64Array(size * size);
    else this.#matrix.fill(0, 0, size * size);
    this.#green.fill(nodes, this.#matrix, size);
  }

  /**
   * G times currents, from the lower triangle. Four rows at a time: their sums do not wait for each other, and an entry that
   * is loaded serves its row and its column.
   */
  #potentials(currents: Float64Array): Float64Array {
    const matrix = this.#matrix;
    const n = currents.length;
    const result = new Float64Array(n);
    for (let a = 0; a < n; a += 4) {
      const [row0, row1, row2, row3] = [a * n, (a + 1) * n, (a + 2) * n, (a + 3) * n];
      const [p0, p1, p2, p3] = [currents[a], currents[a + 1], currents[a + 2], currents[a + 3]];
      let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
      for (let b = 0; b < a; b++) {
        const p = currents[b];
        const g0 = matrix[row0 + b];
        const g1 = matrix[row1 + b];
        const g2 = matrix[row2 + b];
        const g3 = matrix[row3 + b];
        sum0 += g0 * p;
        sum1 += g1 * p;
        sum2 += g2 * p;
        sum3 += g3 * p;
        result[b] += g0 * p0 + g1 * p1 + (g2 * p2 + g3 * p3);
      }
      result[a] += sum0;
      result[a + 1] += sum1;
      result[a + 2] += sum2;
      result[a + 3] += sum3;
      for (let i = a; i < a + 4; i++) {
        for (let j = a; j < a + 4; j++) result[i] += matrix[Math.max(i, j) * n + Math.min(i, j)] * currents[j];
      }
    }
    return result;
  }
}

const unsolved =
  'The conjugate gradients for the currents of the anomaly did not converge: its conductivity must be finite and positive, and nearer to that of the background.';

/** y ← x + factor · y */
function renew(y: Float64Array, x: Float64Array, factor: number): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i] + factor * y[i];
}
