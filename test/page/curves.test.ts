/** @file Curves of traces: what is drawn, the best so far, medians over seeds. */
import t from 'tap';
import { tracesOf } from '../../lib/cli/page/traces.js';
import type { SavedResults } from '../../lib/cli/savedResults.js';
import {
  bestSoFar,
  byMethod,
  type CurvePoint,
  curveOf,
  curveOnBatches,
  medianCurve,
  medianOf,
} from '../../lib/page/curves.js';
import { trace } from '../support/reportDocument.js';

t.test('methods in the order of their first trace', async (t) => {
  const groups = byMethod([trace('b', 0), trace('a', 0), trace('b', 1)]);
  t.strictSame(
    groups.map(({ method, traces }) => [method, traces.map(({ seed }) => seed)]),
    [
      ['b', [0, 1]],
      ['a', [0]],
    ],
  );
});

t.test('a curve leaves out what has no place', async (t) => {
  const point = { workUnits: 1, seconds: 0, objective: 1, gradientNorm: Number.NaN, validation: null, accepted: true };
  const one = { method: 'a', seed: 0, points: [point, { ...point, workUnits: 2, seconds: 3, validation: 4 }] };
  t.strictSame(curveOf(one, 'workUnits', 'objective'), [
    [1, 1],
    [2, 1],
  ]);
  t.strictSame(curveOf(one, 'seconds', 'validation'), [[3, 4]]);
  t.strictSame(curveOf(one, 'workUnits', 'gradientNorm'), []);
});

t.test('values on batches compare with no others: they are drawn apart', async (t) => {
  const point = { workUnits: 1, seconds: 1, objective: 1, gradientNorm: 1, validation: null, accepted: true };
  const points = [point, { ...point, workUnits: 2, objective: 9, isOfBatch: true }, { ...point, workUnits: 3 }];
  const whole = { method: 'a', seed: 0, points };
  t.strictSame(
    curveOf(whole, 'workUnits', 'objective').map(([x]) => x),
    [1, 3],
  );
  t.strictSame(
    curveOnBatches(whole, 'workUnits', 'objective').map(([, y]) => y),
    [1, 9, 1],
  );
  t.strictSame(curveOnBatches({ ...whole, points: [point] }, 'workUnits', 'objective'), []);
});

t.test('what is of fewer samples than the run has is of a batch', async (t) => {
  const history = [40, 10, 10, 40].map((samples) => ({ run: 1, samples, workUnits: 1, seconds: 1 }));
  const report = { runs: [], seed: 3, used: { optimizer: { type: 'gnvpro', batches: { size: 10 } } } };
  const [{ method, points }] = tracesOf({ report, history } as unknown as SavedResults);
  t.equal(method, 'GNvpro on batches');
  t.strictSame(
    points.map(({ isOfBatch }) => isOfBatch),
    [false, true, true, false],
  );
});

t.test('the best so far', async (t) => {
  const curve: CurvePoint[] = [3, 5, 2, 4].map((y, x) => [x, y]);
  t.strictSame(
    bestSoFar(curve).map(([, y]) => y),
    [3, 3, 2, 2],
  );
});

t.test('the median of steps, from where all have begun, with the last value of what has ended', async (t) => {
  const a: CurvePoint[] = [
    [1, 10],
    [4, 1],
  ];
  const b: CurvePoint[] = [
    [2, 20],
    [3, 6],
    [8, 2],
  ];
  const c: CurvePoint[] = [[1, 8]];
  t.strictSame(medianCurve([a, b, c]), [
    [2, 10],
    [3, 8],
    [4, 6],
    [8, 2],
  ]);
  t.strictSame(medianCurve([a, []]), a);
  t.strictSame(medianCurve([[], []]), []);
});

t.test('the median of an even count', async (t) => {
  t.equal(medianOf([4, 1, 3, 2]), 2.5);
  t.equal(medianOf([10, 9, 2]), 9);
});
