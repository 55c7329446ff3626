import t from 'tap';
import { BoxGreen, type BoxGrid, type GridNode } from '../../lib/problems/boxGreen.js';
import { allNodes, wholePotential } from './wholeBox.js';

const box: BoxGrid = { cells: [5, 7, 4], spacing: 3 };
const sources: GridNode[] = [
  [0, 0, 0],
  [5, 7, 4],
  [2, 3, 0],
  [3, 1, 2],
];

t.test('potentials are those of the banded system of the whole box', async (t) => {
  const green = new BoxGreen(box, 0.4);
  const nodes = allNodes(box);
  for (const source of sources) {
    for (const sink of sources) {
      if (source === sink) continue;
      const direct = wholePotential(box, () => 0.4, [
        [source, 2],
        [sink, -2],
      ]);
      const ours = nodes.map((node) => 2 * (green.at(source, node) - green.at(sink, node)));
      const error = Math.max(...ours.map((u, n) => Math.abs(u - ours[0] - direct[n])));
      t.ok(error < 1e-12, `from ${source} to ${sink}: ${error}`);
    }
  }
});

t.test('symmetric, of mean zero, and all at once the same', async (t) => {
  const green = new BoxGreen(box, 0.4);
  const nodes = allNodes(box);
  const halves = (node: GridNode) => node.filter((at, axis) => at === 0 || at === box.cells[axis]).length;
  for (const source of sources) {
    const volumeTimesPotential = nodes.map((node) => green.at(source, node) / 2 ** halves(node));
    const mean = volumeTimesPotential.reduce((sum, u) => sum + u, 0);
    t.ok(Math.abs(mean) < 1e-13 * nodes.length, `${source}: ${mean}`);
    t.ok(nodes.every((node) => Math.abs(green.at(source, node) - green.at(node, source)) < 1e-15));
  }
  const matrix = new Float64Array(36).fill(7);
  green.fill(sources, matrix, 6);
  sources.forEach((a, i) => {
    sources.forEach((b, j) => {
      if (Math.abs(matrix[i * 6 + j] - (j <= i ? green.at(a, b) : 7)) > 1e-15) t.fail(`${a}, ${b}`);
    });
  });
  t.same(matrix.subarray(4, 6), [7, 7], 'nothing beside the triangle');
});

t.test('half the potential for twice the conductivity or twice the spacing', async (t) => {
  const value = (grid: BoxGrid, conductivity: number) => new BoxGreen(grid, conductivity).at([1, 2, 0], [4, 4, 1]);
  const reference = value(box, 0.4);
  t.ok(Math.abs(value(box, 0.8) / reference - 0.5) < 1e-12);
  t.ok(Math.abs(value({ ...box, spacing: 6 }, 0.4) / reference - 0.5) < 1e-12);
});

/** Relative error of the potential of two electrodes 48 m apart, in sight of them, against I ρ/(2πr) each. */
function halfSpaceError(extent: number, spacing: number): number {
  const n = extent / spacing;
  const conductivity = 0.01;
  const green = new BoxGreen({ cells: [n, n, n / 2], spacing }, conductivity);
  const at = (x: number, y: number): GridNode => [n / 2 + x / spacing, n / 2 + y / spacing, 0];
  let [error, size] = [0, 0];
  for (let x = -48; x <= 48; x += 12) {
    for (let y = 24; y <= 48; y += 12) {
      const u = green.at(at(-24, 0), at(x, y)) - green.at(at(24, 0), at(x, y));
      const inverseDistances = 1 / Math.hypot(x + 24, y) - 1 / Math.hypot(x - 24, y);
      const exact = inverseDistances / (2 * Math.PI * conductivity);
      error += (u - exact) ** 2;
      size += exact ** 2;
    }
  }
  return Math.sqrt(error / size);
}

t.test('the half space: the walls matter less the farther they are, the grid less the finer it is', async (t) => {
  const near = halfSpaceError(240, 6);
  const middle = halfSpaceError(480, 6);
  const far = halfSpaceError(600, 6);
  t.ok(near > 3 * middle && middle > far, `walls: ${[near, middle, far].map((error) => error.toFixed(4))}`);
  const coarse = halfSpaceError(600, 12);
  const order = Math.log2(coarse / far);
  t.ok(far < 0.022 && order > 1.8 && order < 2.3, `spacing 12, 6: ${coarse.toFixed(4)}, ${far.toFixed(4)}`);
});
