import t from 'tap';
import { BandedLU } from '../../lib/problems/banded.js';
import {
  type Field,
  implicitMatrix,
  pointProbe,
  readProbe,
  sampleField,
  type Transport,
} from '../../lib/problems/finiteVolumes.js';
import { cellPeclet } from './cellPeclet.js';

const { PI, sin, cos, abs, max, log2 } = Math;
const transport: Transport = { diffusivity: 0.3, streamFunction: (x, y) => sin(PI * x) * sin(PI * y) };
const step = 0.05;

/** u with no flux through the boundary, and (I − step · L) u by hand. */
const u: Field = (x, y) => cos(PI * x) * cos(2 * PI * y);
const implicitU: Field = (x, y) => {
  const [vx, vy] = [PI * sin(PI * x) * cos(PI * y), -PI * cos(PI * x) * sin(PI * y)];
  const [ux, uy] = [-PI * sin(PI * x) * cos(2 * PI * y), -2 * PI * cos(PI * x) * sin(2 * PI * y)];
  const laplacian = -5 * PI * PI * u(x, y);
  return u(x, y) - step * (transport.diffusivity * laplacian - vx * ux - vy * uy);
};

t.test('a manufactured solution: second order in space', async (t) => {
  const errors = [16, 32, 64].map((cells) => {
    const solution = new BandedLU(implicitMatrix(cells, step, transport)).solveSync(sampleField(cells, implicitU));
    const exact = sampleField(cells, u);
    return solution.reduce((worst, value, k) => max(worst, abs(value - exact[k])), 0);
  });
  for (const k of [0, 1]) {
    const order = log2(errors[k] / errors[k + 1]);
    t.ok(order > 1.85 && order < 2.3, `order ${order.toFixed(3)}`);
  }
});

t.test('columns sum to one (mass), rows too (a constant stays)', async (t) => {
  const { n, kl, ku, ab } = implicitMatrix(12, step, transport);
  const rows = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    let column = 0;
    for (let i = max(0, j - ku); i <= Math.min(n - 1, j + kl); i++) {
      const entry = ab[j * (2 * kl + ku + 1) + kl + ku + i - j];
      column += entry;
      rows[i] += entry;
    }
    if (abs(column - 1) > 1e-13) t.fail(`column ${j} sums to ${column}`);
  }
  t.ok(rows.every((row) => abs(row - 1) < 1e-13));
});

t.test('a probe reads bilinear functions exactly, up to half a cell from the boundary', async (t) => {
  const bilinear: Field = (x, y) => 2 - 3 * x + y + 4 * x * y;
  const states = new Float64Array([...sampleField(16, () => 9), ...sampleField(16, bilinear)]);
  const points = [
    [0.3, 0.71],
    [1 / 32, 0.5],
    [31 / 32, 31 / 32],
  ] as const;
  for (const [x, y] of points) {
    const value = readProbe(pointProbe(16, [x, y]), states, 256);
    t.ok(abs(value - bilinear(x, y)) < 1e-13, `(${x}, ${y})`);
  }
});

t.test('the cell Péclet number halves with the cells', async (t) => {
  const coarse = cellPeclet(16, transport);
  t.ok(abs(coarse / cellPeclet(32, transport) - 2) < 0.02);
  t.ok(abs(coarse - PI / 16 / 0.3) < 0.02, `${coarse}`);
});
