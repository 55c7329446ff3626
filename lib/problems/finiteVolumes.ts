/** @file Cell-centred finite volumes on a uniform grid of the unit square, with no flux through its boundary. */
import { BandedMatrix } from './banded.js';

/** A scalar field on the unit square. */
export type Field = (x: number, y: number) => number;

/** Transport by an incompressible flow v = (∂ψ/∂y, −∂ψ/∂x) and diffusion: L u = ν Δu − ∇·(v u). */
export interface Transport {
  /** ν */
  readonly diffusivity: number;
  /** ψ, constant along the boundary, so that nothing flows through it */
  readonly streamFunction: Field;
}

/** Two neighbouring cells and the volume of fluid per unit time that crosses their common face from `from` to `to`. */
interface Face {
  readonly from: number;
  readonly to: number;
  readonly flow: number;
}

/** The cell in column i (along x) and row j (along y). */
function cell(cells: number, i: number, j: number): number {
  return i * cells + j;
}

/** Values of a field at the centres of all cells; cell (i, j), centre ((i + ½) h, (j + ½) h), is entry i · cells + j. */
export function sampleField(cells: number, field: Field): Float64Array {
  const centre = (i: number) => (i + 0.5) / cells;
  return Float64Array.from({ length: cells * cells }, (_, k) =>
    field(centre(Math.floor(k / cells)), centre(k % cells)),
  );
}

/**
 * The inner faces. The flow through a face is the difference of ψ at its ends, so the flows around a cell sum to zero
 * to the last bit but rounding: a constant is transported into itself.
 */
function innerFaces(cells: number, streamFunction: Field): Face[] {
  const psi = (i: number, j: number) => streamFunction(i / cells, j / cells);
  const faces: Face[] = [];
  for (let i = 0; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      const from = cell(cells, i, j);
      const right = psi(i + 1, j + 1) - psi(i + 1, j);
      const up = psi(i, j + 1) - psi(i + 1, j + 1);
      if (i + 1 < cells) faces.push({ from, to: cell(cells, i + 1, j), flow: right });
      if (j + 1 < cells) faces.push({ from, to: cell(cells, i, j + 1), flow: up });
    }
  }
  return faces;
}

/**
 * I − step · L, the matrix of an implicit time step, with central (second-order) fluxes: through a face goes
 * flow · (u_from + u_to) / 2 + ν (u_from − u_to). Its columns sum to one: mass is conserved.
 */
export function implicitMatrix(cells: number, step: number, { diffusivity, streamFunction }: Transport): BandedMatrix {
  const matrix = new BandedMatrix(cells * cells, cells, cells);
  for (let k = 0; k < matrix.n; k++) matrix.add(k, k, 1);
  const scale = step * cells * cells; // step / area of a cell
  for (const { from, to, flow } of innerFaces(cells, streamFunction)) {
    const weights = [
      [from, scale * (flow / 2 + diffusivity)],
      [to, scale * (flow / 2 - diffusivity)],
    ] as const;
    for (const [column, weight] of weights) {
      matrix.add(from, column, weight);
      matrix.add(to, column, -weight);
    }
  }
  return matrix;
}

/** A linear functional of the cell values: Σ weights[k] u[cells[k]]. */
export interface Probe {
  readonly cells: readonly number[];
  readonly weights: readonly number[];
}

/** Bilinear (second-order) interpolation of the cell values at a point at least h/2 from the boundary. */
export function pointProbe(cells: number, [x, y]: readonly [number, number]): Probe {
  const i = Math.min(Math.floor(x * cells - 0.5), cells - 2);
  const j = Math.min(Math.floor(y * cells - 0.5), cells - 2);
  const s = x * cells - 0.5 - i;
  const t = y * cells - 0.5 - j;
  return {
    cells: [cell(cells, i, j), cell(cells, i, j + 1), cell(cells, i + 1, j), cell(cells, i + 1, j + 1)],
    weights: [(1 - s) * (1 - t), (1 - s) * t, s * (1 - t), s * t],
  };
}

/** The probe's value for the state that starts at `offset` of `states`. */
export function readProbe({ cells, weights }: Probe, states: Float64Array, offset: number): number {
  return cells.reduce((sum, index, k) => sum + weights[k] * states[offset + index], 0);
}
