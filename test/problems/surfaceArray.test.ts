import t from 'tap';
import { BoxGreen, type BoxGrid, type GridNode } from '../../lib/problems/boxGreen.js';
import { cubicStencil, SurfaceArray } from '../../lib/problems/surfaceArray.js';

const close = (a: number, b: number, tolerance = 1e-12) => Math.abs(a - b) <= tolerance;

t.test('stencils are exact for cubics, and one node alone at nodes', async (t) => {
  const cubic = (x: number) => 2 - x + 0.5 * x ** 2 - 0.3 * x ** 3;
  for (const at of [0, 0.4, 3.7, 8.5, 9.9, 10]) {
    const { start, weights } = cubicStencil(at, 10);
    t.ok(start >= 0 && start + 3 <= 10);
    t.ok(
      close(
        weights.reduce((sum, weight, i) => sum + weight * cubic(start + i), 0),
        cubic(at),
        1e-9,
      ),
      `${at}`,
    );
  }
  for (const at of [0, 4, 9, 10]) {
    const { start, weights } = cubicStencil(at, 10);
    t.ok(
      weights.every((weight, i) => close(weight, Number(start + i === at))),
      `node ${at}`,
    );
  }
});

const grid: BoxGrid = { cells: [20, 16, 8], spacing: 2 };
const green = new BoxGreen(grid, 0.01);
const [source, sink]: GridNode[] = [
  [10, 8, 3],
  [10, 8, 8],
];

/** Of 3 × 3 receivers. */
function fieldsOf(spacing: number): Float64Array {
  const array = new SurfaceArray(grid, green, { first: -spacing, spacing, receivers: 3 });
  return array.fields(array.potentials([source, sink], [1, -1]));
}

t.test('fields are differences of the potential at the neighbours, Ex first', async (t) => {
  const u = (i: number, j: number) => green.at(source, [i, j, 0]) - green.at(sink, [i, j, 0]);
  const fields = fieldsOf(4); // stations at every second node
  t.equal(fields.length, 18);
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) {
      const [x, y] = [8 + 2 * i, 6 + 2 * j];
      t.ok(close(fields[3 * i + j], (u(x - 2, y) - u(x + 2, y)) / 8, 1e-13));
      t.ok(close(fields[9 + 3 * i + j], (u(x, y - 2) - u(x, y + 2)) / 8, 1e-13));
    }
  }
  t.ok(fields[0] < 0 && fields[8] > 0, 'the current flows away from above the source');
});

t.test('between the nodes the fields are interpolated', async (t) => {
  const [before, between, after] = [fieldsOf(4), fieldsOf(4.002), fieldsOf(4.004)];
  const size = Math.max(...before.map(Math.abs));
  t.ok(
    between.every((field, k) => close(field, (before[k] + after[k]) / 2, 1e-5 * size)),
    'smooth',
  );
  t.notSame(between, before);
});
