/** @file Numbers in words and on axes. */
import t from 'tap';
import { extent, logTicks, numberText } from '../../lib/page/numbers.js';

t.test('numbers as people write them', async (t) => {
  const cases: readonly [number, string][] = [
    [0, '0'],
    [1, '1'],
    [-0.5, '−0.5'],
    [1234.5, '1,230'],
    [0.00123, '0.00123'],
    [1e-4, '10⁻⁴'],
    [-1e6, '−10⁶'],
    [3.456e-12, '3.46·10⁻¹²'],
    [9.999e-4, '0.001'],
    [99999, '10⁵'],
    [Number.NaN, '–'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ];
  for (const [value, text] of cases) t.equal(numberText(value), text);
  t.equal(numberText(0.99987, 5), '0.99987');
});

t.test('ticks: at most a handful of labels, never none', async (t) => {
  t.strictSame(logTicks([1e-12, 1]), [1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1]);
  t.strictSame(logTicks([0.9, 1100]), [1, 10, 100, 1000]);
  t.strictSame(logTicks([0.9, 11]), [1, 2, 5, 10]);
  for (const range of [
    [1, 1.3],
    [0.66, 1.5],
    [7e-9, 3e5],
    [950, 1060],
    [1e-300, 1e300],
  ] as const) {
    const ticks = logTicks(range);
    t.ok(ticks.length >= 1 && ticks.length <= 9, `${range} ${ticks}`);
    t.ok(ticks.every((tick) => tick >= range[0] && tick <= range[1]));
  }
});

t.test('extent: of the finite ones, of many', async (t) => {
  t.strictSame(extent([3, Number.NaN, -1, Number.POSITIVE_INFINITY]), [-1, 3]);
  t.equal(extent([Number.NaN]), null);
  t.strictSame(extent(new Float64Array(1e6)), [0, 0]);
});
