/** @file Whether error bars and probabilities are true: cases worked by hand, and draws of what is true by definition. */
import t from 'tap';
import { classificationMetrics, coverageOf, Random, reliabilityOf, standardizedResiduals } from '../../lib/index.js';
import { centralBound, totalDeviations } from '../../lib/metrics/coverage.js';
import { histogramOf } from '../../lib/metrics/histogram.js';
import { calibrationErrorOf } from '../../lib/metrics/reliability.js';
import { close } from '../support/reference.js';

t.test('bounds of central intervals, as tables have them', async (t) => {
  const levels = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999999];
  const bounds = [
    0.6744897501960817, 1.2815515655446004, 1.6448536269514722, 1.959963984540054, 2.5758293035489004,
    4.891638475699032,
  ];
  close(t, levels.map(centralBound), bounds, 'Φ⁻¹((1 + level)/2)', 1e-10);
});

t.test('coverage by hand', async (t) => {
  const residuals = [0, -0.6, 0.7, 1.2, -1.7, 1.959, 1.961, 3, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  t.strictSame(
    coverageOf(residuals).map(({ level, share }) => [level, share]),
    [
      [0.5, 2 / 10],
      [0.8, 4 / 10],
      [0.9, 4 / 10],
      [0.95, 6 / 10],
      [0.99, 7 / 10],
    ],
  );
  t.strictSame(coverageOf(Float64Array.of(1), [0.6, 0.7]), [
    { level: 0.6, share: 0, bound: centralBound(0.6) },
    { level: 0.7, share: 1, bound: centralBound(0.7) },
  ]);
});

const prediction = {
  mean: { data: Float64Array.of(1, 10, 2, 20, 3, 30), shape: [3, 2] as const },
  standardDeviation: { data: Float64Array.of(3, 0, 0, 6, 0, 0), shape: [3, 2] as const },
  noise: Float64Array.of(4, 8),
};

t.test('standardized residuals: by hand; weights; what the model is certain of', async (t) => {
  const targets = [
    [6, 18],
    [-2, 10],
    [3, 38],
  ];
  t.strictSame(standardizedResiduals(prediction, targets), {
    data: Float64Array.of(1, 1, -1, -1, 0, 1),
    shape: [3, 2],
  });
  const flat = { data: targets.flat(), shape: [3, 2] };
  const weighted = standardizedResiduals(prediction, flat, { sampleWeights: [0, 4, 0.25] });
  t.strictSame(weighted.shape, [2, 2], 'that of weight 0 is absent');
  close(t, weighted.data, [-4 / 2, -10 / Math.hypot(6, 4), 0, 8 / 16], 'noise σ/√ω', 1e-15);
  close(t, totalDeviations(prediction, Float64Array.of(1, 4, 1)), [5, 8, 2, Math.hypot(6, 4), 4, 8], 'total', 1e-15);
  const certain = { ...prediction, noise: new Float64Array(2) };
  t.strictSame([...standardizedResiduals(certain, targets).data].slice(1, 3), [Number.POSITIVE_INFINITY, -Infinity]);
  const one = { mean: { data: Float64Array.of(1, 2), shape: [2, 1] as const }, noise: Float64Array.of(0.5) };
  const standardDeviation = { data: new Float64Array(2), shape: [2, 1] as const };
  t.strictSame([...standardizedResiduals({ ...one, standardDeviation }, [2, 2]).data], [2, 0], 'numbers without rows');
});

t.test('what is normal and as wide as it says is covered; what is not is not', async (t) => {
  const random = new Random(11);
  const residuals = Array.from({ length: 4000 }, () => random.normal());
  for (const { level, share } of coverageOf(residuals)) t.ok(Math.abs(share - level) < 0.02, `${share} of ${level}`);
  const [{ share: tooShort }] = coverageOf(
    residuals.map((r) => 2 * r),
    [0.95],
  );
  t.ok(Math.abs(tooShort - 0.673) < 0.02, `half as long as they should be: ${tooShort}`);
});

t.test('reliability by hand', async (t) => {
  const bins = reliabilityOf([0, 0.1, 0.25, 0.26, 0.75, 0.9, 1], [false, true, true, false, true, true, false], {
    bins: 4,
  });
  t.strictSame(
    bins.map(({ from, to, samples, accuracy }) => [from, to, samples, accuracy]),
    [
      [0, 0.25, 3, 2 / 3],
      [0.25, 0.5, 1, 0],
      [0.5, 0.75, 1, 1],
      [0.75, 1, 2, 1 / 2],
    ],
    '0 is in the lowest; an edge in the one below',
  );
  close(
    t,
    bins.map(({ confidence }) => confidence as number),
    [0.35 / 3, 0.26, 0.75, 0.95],
    'means',
    1e-15,
  );
  const error = (3 * (2 / 3 - 0.35 / 3) + 0.26 + 0.25 + 2 * 0.45) / 7;
  close(t, [calibrationErrorOf(bins)], [error], 'calibration error', 1e-15);
  const [low, empty, high] = reliabilityOf([0.2, 0.9, 0.8], [1, 0, 1], { bins: 3, sampleWeights: [2, 1, 3] });
  t.strictSame([low.samples, low.confidence, low.accuracy], [2, 0.2, 1]);
  t.strictSame([empty.samples, empty.confidence, empty.accuracy], [0, null, null]);
  t.strictSame([high.samples, high.accuracy], [4, 3 / 4], 'a sample of weight ω counts as ω');
  close(t, [high.confidence as number], [3.3 / 4], 'their mean', 1e-15);
  t.equal(reliabilityOf([0.5], [1]).length, 15);
});

t.test('probabilities that are true have a curve on the diagonal', async (t) => {
  const random = new Random(12);
  const p = Array.from({ length: 8000 }, () => random.uniform(0, 1));
  const bins = reliabilityOf(
    p,
    p.map((one) => random.uniform(0, 1) < one),
    { bins: 5 },
  );
  for (const { confidence, accuracy } of bins)
    t.ok(Math.abs((accuracy as number) - (confidence as number)) < 0.04, `${accuracy} at ${confidence}`);
  t.ok(calibrationErrorOf(bins) < 0.02);
});

t.test('the bins of classification metrics are those of the top class', async (t) => {
  const rows = [
    [0.62, 0.38],
    [0.2, 0.8],
    [0.66, 0.34],
  ];
  const { reliability, calibrationError } = classificationMetrics(rows, [0, 1, 1], { scores: 'probabilities' });
  t.strictSame(reliability, reliabilityOf([0.62, 0.8, 0.66], [true, true, false]));
  t.equal(calibrationError, calibrationErrorOf(reliability));
  const certain = classificationMetrics([[1e4, 0]], [1]).reliability;
  t.strictSame(certain[14], { from: 14 / 15, to: 1, samples: 1, confidence: 1, accuracy: 0 });
});

t.test('bars: all values, those beyond in the outermost, NaN in none', async (t) => {
  const bars = histogramOf([-9, -1.5, -0.5, 0, 0.49, 1.5, 7, Number.POSITIVE_INFINITY, Number.NaN], 1.5, 3);
  t.strictSame(bars, [
    { from: -1.5, to: -0.5, count: 2 },
    { from: -0.5, to: 0.5, count: 3 },
    { from: 0.5, to: 1.5, count: 3 },
  ]);
});

t.test('misuse', async (t) => {
  const cases: [what: () => unknown, code: string, message: RegExp][] = [
    [() => coverageOf([]), 'ERR_SHAPE', /at least one residual/],
    [() => coverageOf([1, Number.NaN]), 'ERR_NONFINITE', /residual 1 is NaN/],
    [() => coverageOf([1], [95]), 'ERR_OPTION', /a level/],
    [() => coverageOf([1], [0]), 'ERR_OPTION', /a level/],
    [() => standardizedResiduals(prediction, [[1, 2]]), 'ERR_SHAPE', /3 × 2 targets, as of the predictions, .* 1 × 2/],
    [() => standardizedResiduals(prediction, [[1], [2], [3]]), 'ERR_SHAPE', /received 3 × 1/],
    [() => standardizedResiduals(prediction, [1, 2, 3]), 'ERR_SHAPE', /rows of 2 numbers for targets/],
    [() => standardizedResiduals(prediction, [[1, Number.NaN]]), 'ERR_NONFINITE', /targets/],
    [() => standardizedResiduals(prediction, [[1, 2]], { weights: [] } as never), 'ERR_OPTION', /weights/],
    [() => reliabilityOf([], []), 'ERR_SHAPE', /one at least, but received 0 and 0/],
    [() => reliabilityOf([0.5], [true, false]), 'ERR_SHAPE', /received 1 and 2/],
    [() => reliabilityOf([0.5, 1.5], [1, 1]), 'ERR_OPTION', /from 0 to 1 for probability 1 but received 1.5/],
    [() => reliabilityOf([Number.NaN], [1]), 'ERR_OPTION', /received NaN/],
    [() => reliabilityOf([0.5], [2]), 'ERR_OPTION', /true or false for entry 0 of what happened but received 2/],
    [() => reliabilityOf([0.5], [1], { bins: 0 }), 'ERR_OPTION', /bins/],
    [() => standardizedResiduals(prediction.mean as never, [[1, 2]]), 'ERR_OPTION', /with uncertainty: true/],
    [() => reliabilityOf([0.5], [1], { sampleWeights: [1, 2] }), 'ERR_OPTION', /1 numbers, one a sample/],
  ];
  for (const [what, code, message] of cases) t.throws(what, { code, message });
});
