/** @file The inverse temperature against a search without derivatives and solutions known in closed form. */
import t from 'tap';
import { classificationMetrics, Random } from '../../lib/index.js';
import { softmaxRows } from '../../lib/metrics/probabilities.js';
import { fitTemperature } from '../../lib/metrics/temperature.js';

const scaled = (logits: number[][], a: number) => logits.map((row) => row.map((s) => a * s));

/** N rows of k logits, and classes drawn from the softmax of `truth` times them. */
function drawn(truth: number, N = 400, k = 3, size = 1) {
  const random = new Random(9);
  const logits = Array.from({ length: N }, () => Array.from({ length: k }, () => size * random.normal()));
  const { data } = softmaxRows(scaled(logits, truth));
  const classes = logits.map((_, n) => {
    let rest = random.uniform(0, 1);
    let j = 0;
    while (j < k - 1 && rest > data[n * k + j]) rest -= data[n * k + j++];
    return j;
  });
  return { logits, classes };
}

t.test('two classes in closed form', async (t) => {
  // Three of four rows with the margin 2 are right: 1/(1 + exp(−2a)) = 3/4.
  const a = fitTemperature(
    [
      [2, 0],
      [2, 0],
      [0, 2],
      [2, 0],
    ],
    [0, 0, 1, 1],
  );
  t.ok(Math.abs(a / (Math.log(3) / 2) - 1) < 1e-12, `${a}`);
  const soft = fitTemperature([[2, 0]], [[0.75, 0.25]]);
  t.ok(Math.abs(soft / (Math.log(3) / 2) - 1) < 1e-12, `${soft}`);
});

t.test('the derivative of the cross entropy vanishes there, by finite differences', async (t) => {
  for (const truth of [0.3, 1, 4]) {
    const { logits, classes } = drawn(truth);
    const a = fitTemperature(logits, classes);
    t.ok(a > truth / 1.5 && a < truth * 1.5, `${a} for ${truth}`);
    const at = (u: number) => classificationMetrics(scaled(logits, a * Math.exp(u)), classes).crossEntropy;
    const h = 1e-4;
    const slope = (at(-2 * h) - 8 * at(-h) + 8 * at(h) - at(2 * h)) / (12 * h);
    t.ok(Math.abs(slope) < 1e-10, `slope ${slope}`);
    t.ok(at(0.01) > at(0) && at(-0.01) > at(0), 'a minimum');
  }
});

t.test('the unit of the logits does not matter', async (t) => {
  const { logits, classes } = drawn(1);
  const a = fitTemperature(logits, classes);
  for (const unit of [1e-6, 1e-2, 1e2, 1e4]) {
    const other = fitTemperature(scaled(logits, unit), classes);
    t.ok(Math.abs((unit * other) / a - 1) < 1e-9, `${unit}: ${unit * other} and ${a}`);
  }
});

t.test('a shift of a row does not matter, no class changes', async (t) => {
  const { logits, classes } = drawn(2, 50);
  const shifted = logits.map((row, n) => row.map((s) => s + 10 * n));
  const [a, b] = [fitTemperature(logits, classes), fitTemperature(shifted, classes)];
  t.ok(Math.abs(a / b - 1) < 1e-9);
  const before = classificationMetrics(logits, classes);
  const after = classificationMetrics(scaled(logits, a), classes);
  t.strictSame(after.confusion, before.confusion);
  t.ok(after.crossEntropy < before.crossEntropy);
});

t.test('where no temperature is best', async (t) => {
  const cases: [logits: number[][], classes: number[], message: RegExp][] = [
    [
      [
        [1, 0],
        [0, 3],
      ],
      [0, 1],
      /not at the top of their rows.*the larger, the better/,
    ],
    [
      [
        [1, 1],
        [2, 2],
      ],
      [0, 1],
      /the larger, the better/,
    ],
    [
      [
        [1, 0],
        [0, 3],
      ],
      [1, 0],
      /logits that favour the targets.*the smaller, the better/,
    ],
    [
      [
        [1, 0],
        [1, 0],
      ],
      [0, 1],
      /the smaller, the better/,
    ],
  ];
  for (const [logits, classes, message] of cases) {
    t.throws(() => fitTemperature(logits, classes), { name: 'GnvproError', code: 'ERR_CONVERGENCE', message });
  }
  t.throws(() => fitTemperature([[1, 0]], [2]), { code: 'ERR_LABEL' });
});
