/** @file The finite volumes of a whole box, assembled edge by edge and solved as one banded system. */
import { BandedLU, BandedMatrix } from '../../lib/problems/banded.js';
import { type BoxGrid, type GridNode, nodeNumber } from '../../lib/problems/boxGreen.js';

export function allNodes({ cells: [nx, ny, nz] }: BoxGrid): GridNode[] {
  const nodes: GridNode[] = [];
  for (let i = 0; i <= nx; i++) for (let j = 0; j <= ny; j++) for (let k = 0; k <= nz; k++) nodes.push([i, j, k]);
  return nodes;
}

/** Part of its whole control volume that lies in the box, along one axis. */
const inside = (at: number, cells: number) => (at === 0 || at === cells ? 0.5 : 1);

/** The potential of currents (amperes) at nodes that is zero at node (0, 0, 0), which is grounded. */
export function wholePotential(
  grid: BoxGrid,
  conductivity: (node: GridNode) => number,
  currents: readonly [GridNode, number][],
): Float64Array {
  const { cells, spacing } = grid;
  const nodes = allNodes(grid);
  const band = (cells[1] + 1) * (cells[2] + 1);
  const matrix = new BandedMatrix(nodes.length, band, band);
  nodes.forEach((node, n) => {
    for (let axis = 0; axis < 3; axis++) {
      if (node[axis] === cells[axis]) continue;
      const next: GridNode = [0, 1, 2].map((a) => node[a] + Number(a === axis)) as never;
      let conductance = Math.sqrt(conductivity(node) * conductivity(next)) * spacing;
      for (let other = 0; other < 3; other++) if (other !== axis) conductance *= inside(node[other], cells[other]);
      const m = nodeNumber(grid, next);
      matrix.add(n, n, conductance);
      matrix.add(m, m, conductance);
      matrix.add(n, m, -conductance);
      matrix.add(m, n, -conductance);
    }
  });
  matrix.add(0, 0, conductivity([0, 0, 0]) * spacing); // to ground; no current flows there when the others sum to zero
  const rhs = new Float64Array(nodes.length);
  for (const [node, current] of currents) rhs[nodeNumber(grid, node)] += current;
  const lu = new BandedLU(matrix);
  try {
    return lu.solveSync(rhs);
  } finally {
    lu.dispose();
  }
}
