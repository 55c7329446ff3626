/** @file The cell Péclet number, below 2 where central differences do not oscillate. */
import type { Transport } from '../../lib/problems/finiteVolumes.js';

/** The largest |v| h / ν over the inner faces; the flow through a face is the difference of ψ at its ends. */
export function cellPeclet(cells: number, { diffusivity, streamFunction }: Transport): number {
  const psi = (i: number, j: number) => streamFunction(i / cells, j / cells);
  let most = 0;
  for (let i = 1; i < cells; i++) {
    for (let j = 0; j < cells; j++) {
      most = Math.max(most, Math.abs(psi(i, j + 1) - psi(i, j)), Math.abs(psi(j + 1, i) - psi(j, i)));
    }
  }
  return most / diffusivity;
}
