import t from 'tap';
import { AnomalySolver, findAnomaly, type GridPart } from '../../lib/problems/anomaly.js';
import { BoxGreen, type BoxGrid, type GridNode, nodeNumber } from '../../lib/problems/boxGreen.js';
import { Random } from '../../lib/random.js';
import { allNodes, wholePotential } from './wholeBox.js';

const box: BoxGrid = { cells: [9, 8, 7], spacing: 2.5 };
const background = 0.02;
const green = new BoxGreen(box, background);
const inner: GridPart = { first: [3, 3, 2], last: [5, 6, 4] };
const atWall: GridPart = { first: [0, 4, 5], last: [3, 8, 7] };
const electrodes: [GridNode, number][] = [
  [[1, 1, 0], 3],
  [[8, 2, 0], -3],
];

const isInside = ({ first, last }: GridPart, node: GridNode) =>
  node.every((at, axis) => at >= first[axis] && at <= last[axis]);

/** Rough: every node of the part has a conductivity of its own, up to `contrast` times more or less. */
function roughBody(part: GridPart, contrast: number, seed: number): (node: GridNode) => number {
  const random = new Random(seed);
  const values = allNodes(box).map((node) =>
    isInside(part, node) ? background * contrast ** random.uniform(-1, 1) : background,
  );
  return (node) => values[nodeNumber(box, node)];
}

/** v = √(m/m₀) u in the whole box. */
function transformed(part: GridPart, conductivity: (node: GridNode) => number, currents: [GridNode, number][]) {
  const anomaly = findAnomaly(box, part, background, conductivity);
  const potential = (node: GridNode) => currents.reduce((sum, [at, amperes]) => sum + amperes * green.at(at, node), 0);
  const p = new AnomalySolver(green).solve(anomaly, Float64Array.from(anomaly.nodes, potential));
  return Float64Array.from(allNodes(box), (node) =>
    anomaly.nodes.reduce((sum, at, n) => sum + p[n] * green.at(at, node), potential(node)),
  );
}

for (const [name, part] of Object.entries({ inner, atWall })) {
  t.test(`${name}: the potential everywhere is that of the banded system of the whole box`, async (t) => {
    const without = wholePotential(box, () => background, electrodes);
    for (const contrast of [1.01, 10, 1000]) {
      const conductivity = roughBody(part, contrast, Math.round(contrast));
      const direct = wholePotential(box, conductivity, electrodes);
      const v = transformed(part, conductivity, electrodes);
      const ours = allNodes(box).map((node, n) => v[n] / Math.sqrt(conductivity(node) / background));
      const size = Math.max(...direct.map(Math.abs));
      const error = Math.max(...ours.map((u, n) => Math.abs(u - ours[0] - direct[n]))) / size;
      t.ok(error < 1e-9, `contrast ${contrast}: ${error}`);
      const effect = Math.max(...direct.map((u, n) => Math.abs(u - without[n]))) / size;
      t.ok(effect > 1e-5 * contrast ** 0.5, `the body changes it by ${effect}`);
    }
  });
}

t.test('reciprocity: source and receiver may change places', async (t) => {
  const conductivity = roughBody(inner, 30, 5);
  const pairs: [GridNode, GridNode][] = [
    [
      [1, 1, 0],
      [8, 2, 0],
    ],
    [
      [2, 7, 0],
      [7, 5, 0],
    ],
  ];
  const [u, w] = pairs.map(([source, sink]) =>
    transformed(inner, conductivity, [
      [source, 1],
      [sink, -1],
    ]),
  );
  const voltage = (v: Float64Array, [a, b]: [GridNode, GridNode]) => v[nodeNumber(box, a)] - v[nodeNumber(box, b)];
  const [there, back] = [voltage(u, pairs[1]), voltage(w, pairs[0])];
  t.ok(Math.abs(there) > 0.1 && Math.abs(there / back - 1) < 1e-10, `${there}, ${back}`);
});

t.test('no body, no currents', async (t) => {
  const anomaly = findAnomaly(box, inner, background, () => background);
  t.equal(anomaly.nodes.length, 0);
  t.equal(new AnomalySolver(green).solve(anomaly, new Float64Array(0)).length, 0);
});

t.test('a solver forgets the body of before', async (t) => {
  const solver = new AnomalySolver(green);
  const solve = (part: GridPart, with_: AnomalySolver) => {
    const anomaly = findAnomaly(box, part, background, roughBody(part, 10, 2));
    return with_
      .solve(
        anomaly,
        Float64Array.from(anomaly.nodes, (node) => green.at([0, 0, 0], node)),
      )
      .slice();
  };
  const expected = solve({ first: [4, 4, 3], last: [4, 5, 3] }, new AnomalySolver(green));
  solve(atWall, solver);
  t.same(solve({ first: [4, 4, 3], last: [4, 5, 3] }, solver), expected);
});

t.test('conductivities that are none end in ERR_CONVERGENCE', async (t) => {
  for (const wrong of [NaN, -1, Infinity]) {
    const anomaly = findAnomaly(box, inner, background, (node) => (isInside(inner, node) ? wrong : background));
    const potential = Float64Array.from(anomaly.nodes, (node) => green.at([0, 0, 0], node));
    t.throws(() => new AnomalySolver(green).solve(anomaly, potential), {
      code: 'ERR_CONVERGENCE',
      message: /positive/,
    });
  }
});
