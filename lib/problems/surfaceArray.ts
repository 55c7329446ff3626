/** @file Receivers of the electric field on the surface of a box, each two short dipoles along x and y. */
import { addScaled } from '../linalg/vector.js';
import { type BoxGreen, type BoxGrid, type GridNode, nodeNumber } from './boxGreen.js';

export interface SurfaceLayout {
  /** x (and y) of the first receiver, in metres from the middle of the box. */
  readonly first: number;
  /** The distance between neighbouring receivers, and from a receiver to its own electrodes. */
  readonly spacing: number;
  /** Receivers a side. */
  readonly receivers: number;
}

/** Cubic interpolation at one coordinate: four nodes from `start` on. */
export interface Stencil {
  readonly start: number;
  readonly weights: readonly number[];
}

/**
 * Potentials are taken at stations: the receivers and a frame of one row around them, so that both dipoles of a receiver
 * end at its neighbours. Between the nodes of the grid they are interpolated by cubics in x and y.
 */
export class SurfaceArray {
  readonly #grid: BoxGrid;
  readonly #green: BoxGreen;
  readonly #layout: SurfaceLayout;
  readonly #side: number;
  readonly #stencilsX: readonly Stencil[];
  readonly #stencilsY: readonly Stencil[];
  /** The stations' potentials of unit current at a node, by its number. */
  readonly #responses = new Map<number, Float64Array>();

  constructor(grid: BoxGrid, green: BoxGreen, layout: SurfaceLayout) {
    this.#grid = grid;
    this.#green = green;
    this.#layout = layout;
    this.#side = layout.receivers + 2;
    const coordinates = Array.from({ length: this.#side }, (_, k) => layout.first + (k - 1) * layout.spacing);
    const [nx, ny] = grid.cells;
    this.#stencilsX = coordinates.map((x) => cubicStencil(x / grid.spacing + nx / 2, nx));
    this.#stencilsY = coordinates.map((y) => cubicStencil(y / grid.spacing + ny / 2, ny));
  }

  /** Potentials at the stations of currents at nodes. */
  potentials(nodes: readonly GridNode[], currents: ArrayLike<number>): Float64Array {
    const sum = new Float64Array(this.#side ** 2);
    nodes.forEach((node, n) => {
      addScaled(sum, currents[n], this.#response(node));
    });
    return sum;
  }

  /**
   * The fields −∂u/∂x, then −∂u/∂y, of all receivers, as differences of potential over distance. Receiver (i, j), from the
   * least x and y on, is number i · receivers + j.
   */
  fields(potentials: Float64Array): Float64Array {
    const { receivers, spacing } = this.#layout;
    const side = this.#side;
    const fields = new Float64Array(2 * receivers ** 2);
    for (let i = 0; i < receivers; i++) {
      for (let j = 0; j < receivers; j++) {
        const station = (i + 1) * side + j + 1;
        const receiver = i * receivers + j;
        fields[receiver] = (potentials[station - side] - potentials[station + side]) / (2 * spacing);
        fields[receivers ** 2 + receiver] = (potentials[station - 1] - potentials[station + 1]) / (2 * spacing);
      }
    }
    return fields;
  }

  #response(node: GridNode): Float64Array {
    const number = nodeNumber(this.#grid, node);
    const known = this.#responses.get(number);
    if (known !== undefined) return known;
    const response = this.#interpolated(node);
    this.#responses.set(number, response);
    return response;
  }

  #interpolated(node: GridNode): Float64Array {
    const side = this.#side;
    const [startX, endX] = range(this.#stencilsX);
    const [startY] = range(this.#stencilsY);
    const result = new Float64Array(side * side);
    // First along y on every line of nodes that is needed, then along x.
    const lines = Array.from({ length: endX - startX }, (_, i) => {
      const along = (j: number) => this.#green.at([startX + i, startY + j, 0], node);
      return this.#alongY(along, startY);
    });
    this.#stencilsX.forEach(({ start, weights }, k) => {
      const row = result.subarray(k * side, (k + 1) * side);
      weights.forEach((weight, i) => {
        addScaled(row, weight, lines[start - startX + i]);
      });
    });
    return result;
  }

  #alongY(value: (j: number) => number, first: number): Float64Array {
    const count = range(this.#stencilsY)[1] - first;
    const values = Float64Array.from({ length: count }, (_, j) => value(j));
    return Float64Array.from(this.#stencilsY, ({ start, weights }) =>
      weights.reduce((sum, weight, j) => sum + weight * values[start - first + j], 0),
    );
  }
}

/** The nodes from the first stencil to the end of the last. */
function range(stencils: readonly Stencil[]): [start: number, end: number] {
  return [stencils[0].start, stencils[stencils.length - 1].start + 4];
}

/** Lagrange's weights at a coordinate in units of the spacing; exact at nodes. */
export function cubicStencil(coordinate: number, cells: number): Stencil {
  const start = Math.min(Math.max(0, Math.floor(coordinate + 1e-9) - 1), cells - 3);
  const at = [0, 1, 2, 3];
  const weights = at.map((i) =>
    at.reduce((product, j) => (i === j ? product : (product * (coordinate - start - j)) / (i - j)), 1),
  );
  return { start, weights };
}
