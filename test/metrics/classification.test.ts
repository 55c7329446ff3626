/** @file Metrics of classes and of labels against numbers worked by hand and the definitions of scikit-learn. */
import t from 'tap';
import { classificationMetrics, Random } from '../../lib/index.js';
import { multiLabelMetrics } from '../../lib/metrics/multiLabel.js';
import { sigmoidRows, softmaxRows } from '../../lib/metrics/probabilities.js';
import { close } from '../support/reference.js';

/** Logits whose top class is given. */
const tops = (classes: number[], t: number) =>
  classes.map((j) => Array.from({ length: t }, (_, i) => (i === j ? 2 : 0)));

t.test('the examples of scikit-learn', async (t) => {
  const report = classificationMetrics(tops([0, 0, 2, 2, 1], 3), [0, 1, 2, 2, 2]);
  t.strictSame(report.classes, [
    { class: 0, precision: 1 / 2, recall: 1, f1: 2 / 3, support: 1 },
    { class: 1, precision: 0, recall: 0, f1: 0, support: 1 },
    { class: 2, precision: 1, recall: 2 / 3, f1: 4 / 5, support: 3 },
  ]);
  t.equal(report.accuracy, 3 / 5);
  t.equal(report.samples, 5);
  const { confusion } = classificationMetrics(tops([0, 0, 2, 2, 0, 2], 3), Int32Array.of(2, 0, 2, 2, 0, 1));
  t.strictSame(confusion, [
    [2, 0, 0],
    [0, 0, 1],
    [1, 0, 2],
  ]);
});

t.test('what is not defined is null', async (t) => {
  const { classes } = classificationMetrics(tops([0, 0, 2], 4), [0, 1, 0]);
  t.strictSame(
    classes.map(({ precision, recall, f1, support }) => [precision, recall, f1, support]),
    [
      [1 / 2, 1 / 2, 1 / 2, 2],
      [null, 0, 0, 1],
      [0, null, 0, 0],
      [null, null, null, 0],
    ],
  );
});

t.test('names of classes, soft targets, ties', async (t) => {
  const scores = [
    [1, 1],
    [0, 2],
    [3, 1],
  ];
  const named = classificationMetrics(scores, ['cat', 'dog', 'dog'], { classes: ['cat', 'dog'] });
  t.equal(named.accuracy, 2 / 3, 'of equal scores the lower class is predicted');
  t.strictSame(
    named.classes.map((c) => c.class),
    ['cat', 'dog'],
  );
  const soft = classificationMetrics(scores, [
    [0.5, 0.5],
    [0.1, 0.9],
    [0.25, 0.75],
  ]);
  t.strictSame(soft.confusion, named.confusion, 'of equal shares the lower class is true');
});

t.test('cross entropy', async (t) => {
  const logits = [
    [0, Math.log(3)],
    [Math.log(2), 0],
  ];
  const soft = [
    [0, 1],
    [0.5, 0.5],
  ];
  const byHand = (-Math.log(3 / 4) - (Math.log(2 / 3) + Math.log(1 / 3)) / 2) / 2;
  close(t, [classificationMetrics(logits, soft).crossEntropy], [byHand], 'of logits', 1e-15);
  const probabilities = [
    [1 / 4, 3 / 4],
    [2 / 3, 1 / 3],
  ];
  close(
    t,
    [classificationMetrics(probabilities, soft, { scores: 'probabilities' }).crossEntropy],
    [byHand],
    'of probabilities',
    1e-15,
  );
  t.equal(classificationMetrics([[1e4, -1e4, 0]], [1]).crossEntropy, 2e4, 'large logits');
  t.equal(classificationMetrics([[1e4, -1e4, 0]], [0]).crossEntropy, 0);
  t.equal(classificationMetrics([[-1e4, -1e4]], [0]).crossEntropy, Math.log(2));
  const certain = (truth: number) => classificationMetrics([[1, 0]], [truth], { scores: 'probabilities' }).crossEntropy;
  t.strictSame([certain(0), certain(1)], [0, Number.POSITIVE_INFINITY]);
});

t.test('calibration error', async (t) => {
  // Bins of 15: 0.62 and 0.66 are in (9/15, 10/15], 0.7 in (10/15, 11/15], 0.8 = 12/15 in (11/15, 12/15].
  const rows = [0.62, 0.66, 0.7, 0.8].map((p) => [p, 1 - p]);
  const { calibrationError } = classificationMetrics(rows, [0, 1, 0, 0], { scores: 'probabilities' });
  close(t, [calibrationError], [(Math.abs(1 - 0.62 - 0.66) + 0.3 + 0.2) / 4], 'by hand', 1e-14);
  const certain = classificationMetrics(
    [
      [1, 0],
      [0, 1],
    ],
    [0, 0],
    { scores: 'probabilities' },
  );
  t.equal(certain.calibrationError, 0.5);
  const logits = rows.map(([p, q]) => [Math.log(p), Math.log(q)]);
  close(t, [classificationMetrics(logits, [0, 1, 0, 0]).calibrationError], [calibrationError], 'of logits', 1e-12);
});

t.test('metrics against plain counts on random data', async (t) => {
  const random = new Random(5);
  const [N, k] = [300, 4];
  const scores = Array.from({ length: N }, () => Array.from({ length: k }, () => random.normal()));
  const truth = scores.map((row) => (random.uniform(0, 1) < 0.5 ? row.indexOf(Math.max(...row)) : random.integer(k)));
  const predicted = scores.map((row) => row.indexOf(Math.max(...row)));
  const { accuracy, classes, crossEntropy } = classificationMetrics(scores, truth);
  const count = (is: (n: number) => boolean) => scores.filter((_, n) => is(n)).length;
  t.equal(accuracy, count((n) => truth[n] === predicted[n]) / N);
  for (const [j, { precision, recall, f1, support }] of classes.entries()) {
    const hits = count((n) => truth[n] === j && predicted[n] === j);
    t.equal(
      support,
      count((n) => truth[n] === j),
    );
    t.equal(precision, hits / count((n) => predicted[n] === j));
    t.equal(recall, hits / support);
    close(t, [f1 as number], [2 / (1 / (precision as number) + 1 / (recall as number))], 'harmonic mean', 1e-14);
  }
  const P = softmaxRows(scores);
  const mean = truth.reduce((sum, j, n) => sum - Math.log(P.data[n * k + j]), 0) / N;
  close(t, [crossEntropy], [mean], 'cross entropy', 1e-13);
});

t.test('labels that do not exclude each other', async (t) => {
  const logits = [
    [1, -1, 0],
    [2, 1, -1],
    [-3, 1, -2],
  ];
  const truth = [
    [1, 0, 1],
    [0, 1, 0],
    [0, 1, 0],
  ];
  const report = multiLabelMetrics(logits, truth);
  t.strictSame(report.labels, [
    { accuracy: 2 / 3, precision: 1 / 2, recall: 1, f1: 2 / 3, support: 1 },
    { accuracy: 1, precision: 1, recall: 1, f1: 1, support: 2 },
    { accuracy: 2 / 3, precision: null, recall: 0, f1: 0, support: 1 },
  ]);
  t.equal(report.exactMatch, 1 / 3, 'a logit of 0 predicts no label');
  const P = sigmoidRows(logits);
  const entropy = truth.flat().reduce((sum, y, i) => sum - Math.log(y === 1 ? P.data[i] : 1 - P.data[i]), 0) / 3;
  close(t, [report.crossEntropy], [entropy], 'cross entropy', 1e-14);
  const same = multiLabelMetrics(P, truth, { scores: 'probabilities' });
  t.strictSame(same.labels, report.labels);
  close(t, [same.crossEntropy], [entropy], 'cross entropy of probabilities', 1e-14);
  t.equal(multiLabelMetrics([[1e4, -1e4]], [[0, 1]]).crossEntropy, 2e4, 'large logits');
});

t.test('shares of labels', async (t) => {
  const shares = [[0.75, 0.5, 0.2]];
  const P = sigmoidRows([[1, 2, -3]]);
  const { exactMatch, crossEntropy, labels } = multiLabelMetrics([[1, 2, -3]], shares);
  t.equal(exactMatch, 0, 'a share of ½ is no label');
  t.strictSame(
    labels.map(({ support }) => support),
    [1, 0, 0],
  );
  const entropy = shares[0].reduce((sum, y, j) => sum - y * Math.log(P.data[j]) - (1 - y) * Math.log(1 - P.data[j]), 0);
  close(t, [crossEntropy], [entropy], 'cross entropy', 1e-14);
  close(
    t,
    [multiLabelMetrics(P, shares, { scores: 'probabilities' }).crossEntropy],
    [entropy],
    'of probabilities',
    1e-14,
  );
});

t.test('softmax and sigmoid of large and small logits', async (t) => {
  t.strictSame(
    [
      ...softmaxRows([
        [1e4, -1e4],
        [-1e4, -1e4],
      ]).data,
    ],
    [1, 0, 0.5, 0.5],
  );
  close(t, softmaxRows([[0, Math.log(2), Math.log(5)]]).data, [1 / 8, 2 / 8, 5 / 8], 'softmax', 1e-15);
  t.strictSame([...sigmoidRows([[1e4, -1e4, 0]]).data], [1, 0, 0.5]);
  close(t, sigmoidRows([[-40]]).data, [Math.exp(-40)], 'a small probability keeps its digits', 1e-15);
  t.strictSame(
    sigmoidRows([
      [1, 2],
      [3, 4],
    ]).shape,
    [2, 2],
  );
});

t.test('misuse', async (t) => {
  const cases: [what: () => unknown, code: string, message: RegExp][] = [
    [
      () => classificationMetrics([[1, 2]], [2]),
      'ERR_LABEL',
      /one of the classes 0, 1 for row 0 of truth but received 2/,
    ],
    [() => classificationMetrics([[1, 2]], [0, 1]), 'ERR_SHAPE', /1 rows of truth, as of the scores, but received 2/],
    [
      () => classificationMetrics([[1, 2]], ['a'], { classes: ['a'] }),
      'ERR_SHAPE',
      /2 classes, one a column of the scores, but received 1/,
    ],
    [() => classificationMetrics([[1, 2]], [0], { scores: 'logit' } as never), 'ERR_OPTION', /Did you mean "logits"/],
    [() => classificationMetrics([[1, 2]], [0], { class: [] } as never), 'ERR_OPTION', /Did you mean "classes"/],
    [
      () => classificationMetrics([[1, 2]], [0], { scores: 'probabilities' }),
      'ERR_LABEL',
      /sum to 1 for row 0 of scores but received 3/,
    ],
    [
      () => multiLabelMetrics([[1, 2]], [[1, -0.5]]),
      'ERR_LABEL',
      /a number from 0 to 1 for row 0, column 1 of truth but received -0.5/,
    ],
    [() => multiLabelMetrics([[1, 2]], [[1]]), 'ERR_SHAPE', /2 columns of truth, as of the scores, but received 1/],
    [
      () =>
        multiLabelMetrics(
          [[1, 2]],
          [
            [1, 1],
            [0, 0],
          ],
        ),
      'ERR_SHAPE',
      /1 rows of truth/,
    ],
    [
      () => multiLabelMetrics([[0.5], [2]], [[1], [1]], { scores: 'probabilities' }),
      'ERR_LABEL',
      /a probability for row 1, column 0 of scores but received 2/,
    ],
    [() => multiLabelMetrics([[1]], [[1]], { kind: 1 } as never), 'ERR_OPTION', /Unknown option "kind"/],
  ];
  for (const [what, code, message] of cases) t.throws(what, { name: 'GnvproError', code, message });
});
