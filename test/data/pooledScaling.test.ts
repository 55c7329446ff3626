/** @file One number for columns of one kind: `pooled`, and when `auto` takes it. */
import t from 'tap';
import { areOfOneKind, chooseScaling } from '../../lib/data/autoScaling.js';
import type { Matrix } from '../../lib/data/matrix.js';
import { fitScaling, type ScalingOption } from '../../lib/data/scaling.js';
import { noCancel } from '../../lib/job/cancel.js';
import { driveSync } from '../../lib/job/job.js';
import { Random } from '../../lib/random.js';
import { trainSync } from '../../lib/train/train.js';
import { options } from '../train/problem.js';

const fit = (option: 'pooled' | 'standardize', m: Matrix) => driveSync(fitScaling(option, m));

/** Column j is uniform on [0, spans[j]]. */
function uniformColumns(rows: number, spans: readonly number[], seed = 1): Matrix {
  const random = new Random(seed);
  const data = Float64Array.from({ length: rows * spans.length }, (_, i) => random.uniform(0, spans[i % spans.length]));
  return { data, shape: [rows, spans.length] };
}

const spans = (count: number, span: (j: number) => number) => Array.from({ length: count }, (_, j) => span(j));

t.test('pooled: the root of the mean variance of the columns that vary', async (t) => {
  const m = uniformColumns(300, [1, 10, 0, 3]);
  const each = fit('standardize', m).scale;
  const { shift, scale } = fit('pooled', m);
  const expected = Math.sqrt((each[0] ** 2 + each[1] ** 2 + each[3] ** 2) / 3);
  t.ok([...scale].every((number) => Math.abs(number - expected) < 1e-14 * expected));
  t.strictSame(shift, fit('standardize', m).shift);
  const constant = fit('pooled', { data: Float64Array.of(5, 6, 5, 6), shape: [2, 2] });
  t.strictSame([...constant.scale], [1, 1], 'constant columns are only shifted');
  const tiny = fit('pooled', uniformColumns(300, [1e-200, 1e-200]));
  t.ok(tiny.scale[0] > 1e-201 && tiny.scale[0] < 1e-200, 'whatever the unit');
});

const choose = (option: ScalingOption, m: Matrix, weights: Float64Array | null = null) =>
  driveSync(chooseScaling(option, m, weights, noCancel()));

t.test('auto: pooled for columns of one kind', async (t) => {
  t.equal(
    choose(
      'auto',
      uniformColumns(
        50,
        spans(16, (j) => 1 + (j % 5)),
      ),
    ),
    'pooled',
  );
  t.equal(
    choose(
      'auto',
      uniformColumns(
        50,
        spans(16, (j) => (j < 4 ? 0 : 7)),
      ),
    ),
    'pooled',
    'constants do not count',
  );
  t.equal(
    choose(
      'auto',
      uniformColumns(
        50,
        spans(100, (j) => (j < 2 ? 0.01 : 1)),
      ),
    ),
    'pooled',
    'two of a hundred',
  );
});

t.test('auto: standardize for quantities of their own', async (t) => {
  t.equal(
    choose(
      'auto',
      uniformColumns(
        50,
        spans(15, () => 1),
      ),
    ),
    'standardize',
    'few columns',
  );
  t.equal(
    choose(
      'auto',
      uniformColumns(
        50,
        spans(16, (j) => (j === 3 ? 0.05 : 1)),
      ),
    ),
    'standardize',
    'one is small',
  );
  t.equal(
    choose(
      'auto',
      uniformColumns(
        50,
        spans(100, (j) => (j < 3 ? 0.01 : 1)),
      ),
    ),
    'standardize',
    'three of a hundred',
  );
  t.equal(
    choose(
      'auto',
      uniformColumns(
        50,
        spans(40, (j) => 10 ** (j % 4)),
      ),
    ),
    'standardize',
    'four units',
  );
  t.equal(
    choose(
      'auto',
      uniformColumns(
        50,
        spans(40, (j) => (j === 9 ? 1e6 : 1)),
      ),
    ),
    'standardize',
    'one is large',
  );
});

t.test('auto: what is given stays', async (t) => {
  const m = uniformColumns(
    50,
    spans(20, () => 1),
  );
  for (const option of ['none', 'standardize', 'uniform', { type: 'pca', components: 3 }] as const) {
    t.equal(choose(option, m), option);
  }
});

t.test('auto: rows of weight 0 do not count', async (t) => {
  const m = uniformColumns(
    50,
    spans(20, () => 1),
  );
  m.data[7 * 20 + 3] = 1e9;
  t.equal(choose('auto', m), 'standardize');
  t.equal(
    choose(
      'auto',
      m,
      Float64Array.from({ length: 50 }, (_, n) => (n === 7 ? 0 : 1)),
    ),
    'pooled',
  );
});

t.test('auto in a training: the report says what it became', async (t) => {
  const m = uniformColumns(
    60,
    spans(20, () => 100),
  );
  const targets = Array.from({ length: 60 }, (_, n) => [m.data[20 * n] - m.data[20 * n + 1]]);
  const { model, report } = trainSync(
    options({ inputs: m, targets, scaling: { inputs: 'auto' }, stop: { iterations: 1 } }),
  );
  t.strictSame(report.used.scaling, { inputs: 'pooled', targets: 'uniform' });
  t.strictSame(model.scaling.inputs, fit('pooled', m));
  const few = trainSync(options({ scaling: { inputs: 'auto' }, stop: { iterations: 1 } }));
  t.strictSame(few.report.used.scaling, { inputs: 'standardize', targets: 'uniform' });
  t.throws(() => trainSync(options({ scaling: { targets: 'auto' } })), {
    code: 'ERR_OPTION',
    message: /"pooled" for scaling\.targets but received "auto"/,
  });
});

t.test('nothing that varies', async (t) => {
  t.equal(areOfOneKind(new Float64Array(20)), true);
  t.equal(choose('auto', { data: new Float64Array(60), shape: [3, 20] }), 'pooled', 'then both only shift');
});
