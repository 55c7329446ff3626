/** @file A classifier needs two classes among its training samples. */
import t from 'tap';
import {
  classificationMetrics,
  dense,
  type Labels,
  Model,
  type TrainOptions,
  train,
  trainSync,
} from '../../lib/index.js';
import { randomParts } from '../support/models.js';

const inputs = Array.from({ length: 12 }, (_, n) => [Math.sin(n), Math.cos(3 * n)]);
const network = dense(3, { activation: 'tanh' });
const base = { network, loss: 'crossEntropy', inputs, backend: 'js' } as const;
const both = inputs.map((_, n) => (n < 6 ? 'a' : 'b'));

const refused = (message: RegExp) => ({ code: 'ERR_LABEL', message });
const of = (targets: Labels, more: Partial<TrainOptions> = {}) =>
  train({ ...base, targets, ...more, loss: 'crossEntropy' });

t.test('labels or shares of one class are refused before any work', async (t) => {
  for (const [label, shown] of [
    ['a', '"a"'],
    [1, '1'],
    [5, '5'],
  ] as const) {
    const targets = inputs.map(() => label) as Labels;
    const message = new RegExp(`^Expected at least two classes for targets but received only ${shown}\\.$`);
    await t.rejects(of(targets), refused(message));
    t.throws(() => trainSync({ ...base, targets }), refused(message));
  }
  await t.rejects(
    of(inputs.map(() => [0, 1, 0])),
    refused(/two classes for the training samples but received only 1\./),
  );
});

t.test('nor may a split or weights leave one', async (t) => {
  const targets = both.map((name, n) => (n === 11 ? 'c' : name === 'b' ? 'a' : name));
  const runs = [0, 1, 2, 3, 4, 5, 6, 7].map((seed) => of(targets, { seed, validation: 0.5, stop: { iterations: 1 } }));
  const results = await Promise.allSettled(runs);
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  t.ok(errors.length > 0 && errors.length < runs.length, 'as the split falls');
  for (const error of errors) t.match(error, refused(/only "a"\. Where a split took the others, take another seed/));
  const sampleWeights = both.map((name) => Number(name === 'b'));
  await t.rejects(of(both, { sampleWeights }), refused(/only "b"/));
});

t.test('a model to go on from may see one of its classes alone', async (t) => {
  const { model: initial } = await of(both, { stop: { iterations: 2 } });
  const { report } = await train({
    ...{ loss: 'crossEntropy', inputs, targets: both.map(() => 'a'), initial: initial as never, backend: 'js' },
    stop: { iterations: 1 },
  });
  t.equal(report.iterations.length, 2);
});

t.test('a saved model of one class is evaluated by its name', async (t) => {
  for (const name of ['a', 1, 5]) {
    const parts = { ...randomParts({ inputs: 2, outputs: 1 }), loss: 'crossEntropy', classes: [name] };
    const scaling = { ...parts.scaling, targets: { shift: [0], scale: [1] } };
    const model = new Model({ ...parts, scaling }, { backend: 'js' });
    const metrics = await model.evaluate(inputs, inputs.map(() => name) as Labels);
    t.match(metrics, { accuracy: 1, crossEntropy: 0, confusion: [[12]], classes: [{ class: name, support: 12 }] });
    t.match(classificationMetrics([[3], [4]], [name, name] as Labels, { classes: [name] }), { accuracy: 1 });
  }
});
