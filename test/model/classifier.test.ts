/** @file Models that classify: classes and probabilities, in memory and in files. */
import t from 'tap';
import { backendNames } from '../../lib/backend/select.js';
import type { AnyMetrics } from '../../lib/loss/meaning.js';
import type { ClassificationMetrics } from '../../lib/metrics/classification.js';
import type { MultiLabelMetrics } from '../../lib/metrics/multiLabel.js';
import { Model } from '../../lib/model/model.js';
import type { ModelParts } from '../../lib/model/parts.js';
import { forged } from '../support/modelFiles.js';
import { randomMatrix, randomParts } from '../support/models.js';
import { close } from '../support/reference.js';

const classes = ['ash', 'beech', 'oak'];
const inputs = randomMatrix(20, 5);
const none = (cols: number) => ({ shift: new Float64Array(cols), scale: new Float64Array(cols).fill(1) });

function make<M extends AnyMetrics>(more: Partial<ModelParts>, backend: (typeof backendNames)[number] = 'js') {
  const parts = randomParts();
  return new Model<M>({ ...parts, scaling: { ...parts.scaling, targets: none(3) }, ...more }, { backend });
}

const classifier = (backend?: (typeof backendNames)[number]) =>
  make<ClassificationMetrics>({ loss: 'crossEntropy', classes }, backend);

for (const backend of backendNames) {
  t.test(`probabilities and classes, ${backend}`, async (t) => {
    const model = classifier(backend);
    const { data } = model.predictSync(inputs);
    const P = model.predictProbabilitiesSync(inputs);
    t.strictSame(P.shape, [20, 3]);
    const top: string[] = [];
    for (let n = 0; n < 20; n++) {
      const row = data.slice(3 * n, 3 * n + 3);
      const sum = row.reduce((total, s) => total + Math.exp(s), 0);
      close(
        t,
        P.data.slice(3 * n, 3 * n + 3),
        row.map((s) => Math.exp(s) / sum),
        `row ${n}`,
        1e-14,
      );
      top.push(classes[row.indexOf(Math.max(...row))]);
    }
    t.strictSame(model.predictClassesSync(inputs), top);
    t.strictSame(await model.predictClasses(inputs), top);
    t.strictSame(await model.predictProbabilities(inputs), P);
    t.equal(new Set(top).size, 3, 'all classes occur');
    t.equal(model.evaluateSync(inputs, top).accuracy, 1, 'against its own predictions');
    const shifted = top.map((name) => classes[(classes.indexOf(name) + 1) % 3]);
    const { accuracy, confusion } = await model.evaluate(inputs, shifted);
    t.equal(accuracy, 0);
    t.equal(confusion[1][0], top.filter((name) => name === 'ash').length, 'beech taken for ash');
  });
}

t.test('a file keeps loss, classes and probabilities', async (t) => {
  const model = classifier();
  for (const names of [classes, [-1, 4, 7]]) {
    const again = Model.fromBytes(make({ loss: 'crossEntropy', classes: names }).toBytes(), { backend: 'js' });
    t.equal(again.loss, 'crossEntropy');
    t.strictSame(again.classes, names);
    t.strictSame(again.predictProbabilitiesSync(inputs), model.predictProbabilitiesSync(inputs));
  }
  const logistic = Model.fromBytes<MultiLabelMetrics>(make({ loss: 'logistic' }).toBytes(), { backend: 'js' });
  t.strictSame([logistic.loss, logistic.classes], ['logistic', null]);
  const truth = Array.from({ length: 20 }, (_, n) => [n % 2, 1, 0]);
  t.strictSame(
    logistic.evaluateSync(inputs, truth).labels.map(({ support }) => support),
    [10, 20, 0],
  );
  const regression = Model.fromBytes(make({}).toBytes(), { backend: 'js' });
  t.strictSame([regression.loss, regression.classes], ['leastSquares', null]);
});

t.test('classes are copies', async (t) => {
  const given = [...classes];
  const model = make({ loss: 'crossEntropy', classes: given });
  given[0] = 'elm';
  (model.classes as string[])[1] = 'elm';
  t.strictSame(model.classes, classes);
});

t.test('what a model does not have is refused', async (t) => {
  const [regression, logistic] = [make({}), make({ loss: 'logistic' })];
  const state = (message: RegExp) => ({ name: 'GnvproError', code: 'ERR_STATE', message });
  t.throws(() => regression.predictClassesSync(inputs), state(/a model with classes.*leastSquares/));
  t.throws(() => logistic.predictClassesSync(inputs), state(/a model with classes.*logistic/));
  t.throws(() => regression.predictProbabilitiesSync(inputs), state(/crossEntropy or logistic.*leastSquares/));
  await t.rejects(regression.predictClasses(inputs), state(/classes/));
  await t.rejects(regression.predictProbabilities(inputs), state(/probabilities/));
  const model = classifier();
  t.throws(() => model.evaluateSync(inputs, new Array(20).fill('elm')), { code: 'ERR_LABEL', message: /row 0.*"elm"/ });
  t.throws(() => model.evaluateSync(inputs, ['ash']), { code: 'ERR_SHAPE' });
  model.dispose();
  t.throws(() => model.classes, { code: 'ERR_DISPOSED' });
  await t.rejects(model.predictClasses(inputs), { code: 'ERR_DISPOSED' });
});

t.test('parts and files whose classes are damaged', async (t) => {
  const shape = (message: RegExp) => ({ code: 'ERR_SHAPE', message });
  t.throws(() => make({ loss: 'crossEntropy' }), shape(/classes without the loss crossEntropy, or the reverse/));
  t.throws(() => make({ classes }), shape(/classes without the loss crossEntropy, or the reverse/));
  t.throws(() => make({ loss: 'crossEntropy', classes: ['a', 'b'] }), shape(/2 classes for 3 outputs/));
  t.throws(() => make({ loss: 'crossEntropy', classes: ['a', 'b', 'a'] }), shape(/every class once/));
  const bytes = classifier().toBytes();
  const cases: [path: string, value: unknown][] = [
    ['classes', undefined],
    ['classes', 'ash'],
    ['classes', ['ash', 'beech']],
    ['classes', ['ash', 'beech', 'ash']],
    ['classes', ['ash', 'beech', 3]],
    ['classes', ['ash', 'beech', { toString: 'oak' }]],
    ['classes', [1, 2, 3.5]],
    ['loss', undefined],
    ['loss', 'logistic'],
    ['loss', 3],
    ['loss', ''],
  ];
  for (const change of cases) {
    const load = () => Model.fromBytes(forged(bytes, [change]), { backend: 'js' });
    t.throws(load, { name: 'GnvproError', code: 'ERR_MODEL_FILE' }, JSON.stringify(change));
  }
});
