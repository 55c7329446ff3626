/** @file Levels: each of twice the depth, started where the one before ended. */
import t from 'tap';
import { jsBackend } from '../../lib/backend/js/backend.js';
import {
  antisymmetricDense,
  dense,
  type IterationRecord,
  identity,
  Network,
  type ResidualOptions,
  residual,
  sequential,
  tanh,
} from '../../lib/index.js';
import { norm, plus } from '../../lib/linalg/vector.js';
import { trainSync } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

function deep(more: ResidualOptions) {
  return sequential([
    dense(4, { bias: false }),
    tanh(),
    residual(antisymmetricDense({ initializer: 'lecun' }), { time: 1, ...more }),
  ]);
}

function run(more: ResidualOptions, theta = 0) {
  return trainSync(
    options({ network: deep(more), levels: 3, stop: { iterations: 6 }, regularization: { theta, W: 1e-6 } }),
  ).report;
}

/** [the end of a level, the start of the next] */
function seams(iterations: readonly IterationRecord[]): [IterationRecord, IterationRecord][] {
  return [1, 2].map((level) => [
    iterations.filter((record) => record.level === level).at(-1) as IterationRecord,
    iterations.find((record) => record.level === level + 1) as IterationRecord,
  ]);
}

t.test("refine: 'nodes' gives the same function", async (t) => {
  for (const integrator of ['euler', 'rk4'] as const) {
    // Euler reads the weights at the start of its one step only; new nodes do not change it.
    const { iterations, levels } = run({ integrator, steps: 1, nodes: 2, refine: 'nodes' });
    for (const [end, start] of seams(iterations)) {
      t.ok(
        Math.abs(start.objective - end.objective) <= 1e-10 * end.objective,
        `${start.objective} after ${end.objective}`,
      );
    }
    t.ok(levels[0].weights < levels[1].weights && levels[1].weights < levels[2].weights);
  }
});

t.test("refine: 'nodesAndSteps' integrates the same flow more finely: the difference is of fourth order", async (t) => {
  const differences = [2, 4, 8].map((steps) => {
    const coarse = new Network(deep({ integrator: 'rk4', steps }), 3);
    const weights = coarse.initialWeights(1).map((weight, i) => weight + 0.3 * Math.sin(i));
    // The same weights in time on every grid: those of node 0, growing linearly.
    const perNode = (weights.length - 12) / (steps + 1);
    for (let i = 12 + perNode; i < weights.length; i++) {
      weights[i] = weights[12 + ((i - 12) % perNode)] * (1 + Math.floor((i - 12) / perNode) / steps);
    }
    const fine = coarse.prolongate(weights);
    return norm(plus(features(coarse, weights), features(fine.network, fine.weights), -1));
  });
  const quotients = [differences[0] / differences[1], differences[1] / differences[2]];
  t.ok(
    quotients.every((quotient) => quotient > 12 && quotient < 20),
    quotients.join(', '),
  );
});

function features(network: Network, theta: Float64Array): Float64Array {
  const arrays = { samples: [Float64Array.from(smooth(40).inputs.flat())], vectors: [theta] };
  return jsBackend.prepare(network.programs.forward).run(40, arrays).sync().samples[0];
}

t.test('the grids', async (t) => {
  const { levels } = run({ integrator: 'rk4', steps: 1, nodes: 2 });
  const grids = levels.map(({ network }) => {
    const { nodeTimes, stateTimes } = (network.layers as { nodeTimes: number[]; stateTimes: number[] }[])[2];
    return { nodeTimes, stateTimes };
  });
  t.strictSame(grids, [
    { nodeTimes: [0, 1], stateTimes: [0, 1] },
    { nodeTimes: [0, 0.5, 1], stateTimes: [0, 0.5, 1] },
    { nodeTimes: [0, 0.25, 0.5, 0.75, 1], stateTimes: [0, 0.25, 0.5, 0.75, 1] },
  ]);
  t.strictSame(
    levels.map(({ weights }) => weights),
    levels.map(({ network }) => new Network(network, 3).weights),
  );
});

t.test('α_θ is halved, units and iterations are counted on', async (t) => {
  const { iterations, levels, workUnits } = run({ steps: 1 }, 1e-4);
  t.strictSame(
    levels.map(({ alphaTheta }) => alphaTheta),
    [1e-4, 5e-5, 2.5e-5],
  );
  t.equal(
    levels.reduce((sum, level) => sum + level.workUnits, 0),
    workUnits,
  );
  t.strictSame(
    iterations.map(({ iteration }) => iteration),
    iterations.map((_, i) => i),
  );
  t.strictSame(
    levels.map(({ stop }) => stop.status),
    ['iterationLimit', 'iterationLimit', 'iterationLimit'],
  );
  t.strictSame(
    iterations.map(({ level }) => level),
    [1, 2, 3].flatMap((level) => new Array(7).fill(level)),
  );
});

t.test('the model is the best of all levels, with its own network', async (t) => {
  const { model, report } = trainSync(options({ network: deep({ steps: 1 }), levels: 2, stop: { iterations: 6 } }));
  t.equal(report.best.objective, Math.min(...report.iterations.map(({ objective }) => objective)));
  t.strictSame(model.network, report.levels[report.best.level - 1].network);
});

t.test('a network without depth goes on as it is', async (t) => {
  const { report } = trainSync(options({ levels: 2, stop: { iterations: 3 }, regularization: { theta: 0 } }));
  const [first, second] = [1, 2].map((level) => report.iterations.filter((record) => record.level === level));
  t.ok(Math.abs(second[0].objective - (first.at(-1) as IterationRecord).objective) < 1e-15);
  t.strictSame(report.levels[0].network, report.levels[1].network);
});

t.test('the rest of the data plays no part in a level', async (t) => {
  const { report } = trainSync(
    options({ ...smooth(30), network: deep({ steps: 1 }), levels: 2, validation: 0.2, stop: { iterations: 3 } }),
  );
  t.ok(report.iterations.filter(({ accepted }) => accepted).every(({ validation }) => validation !== null));
});

t.test('of equal points the first is the best', async (t) => {
  const { report } = trainSync(options({ network: identity(), levels: 3 })); // nothing to find but W
  t.strictSame(
    report.iterations.map(({ objective }) => objective),
    Array(3).fill(report.best.objective),
  );
  t.equal(report.best.level, 1);
});
