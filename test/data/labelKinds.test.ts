/** @file Labels whose file holds only some of the classes: "1" and 1 are the same label where the classes are known. */
import t from 'tap';
import { classIndices, classificationMetrics, dense, matrix, oneHot, train } from '../../lib/index.js';

const names = ['1', '2', '3+'];

t.test('known classes are found by their text, in both directions', async (t) => {
  t.strictSame(classIndices([1, 2, 1], names), Int32Array.of(0, 1, 0));
  t.strictSame(classIndices(Int32Array.of(2), names), Int32Array.of(1));
  t.strictSame(classIndices([[2], [1]], names), Int32Array.of(1, 0), 'a matrix of one column');
  t.strictSame(classIndices(['2', '-1', '0'], [-1, 0, 2]), Int32Array.of(2, 0, 1));
  t.strictSame([...oneHot(['7'], [3, 7]).data], [0, 1]);
  t.equal(classificationMetrics([[2, 1, 0]], [1], { classes: names }).accuracy, 1);
});

t.test('other texts of the same number are no known label', async (t) => {
  const refused = { code: 'ERR_LABEL' };
  t.throws(() => classIndices([3], names), { ...refused, message: /one of the classes "1", "2", "3\+" .* received 3/ });
  t.throws(() => classIndices(['01'], [1, 2]), {
    ...refused,
    message: /classes 1, 2 for row 0 of labels but received "01"/,
  });
  t.throws(() => classIndices(['1.0'], [1, 2]), refused);
  t.throws(() => classIndices([7], ['007']), refused);
  t.throws(() => classIndices([1, '2'] as unknown as string[], names), refused, 'but labels are of one kind');
});

const inputs = [[0.1], [0.9], [0.2], [0.8], [1.5], [1.6]];
const task = { network: dense(2, { activation: 'tanh' }), loss: 'crossEntropy', stop: { iterations: 5 } } as const;

t.test('a model of names takes integers of them, and its predictions keep their names', async (t) => {
  const targets = ['1', '2', '1', '2', '3+', '3+'];
  const { model } = await train({ ...task, inputs, targets, validation: { inputs: [[0.1], [0.9]], targets: [1, 2] } });
  t.strictSame(model.classes, names);
  const asNames = await model.evaluate([[0.1], [0.9]], ['1', '2']);
  t.strictSame(await model.evaluate([[0.1], [0.9]], [1, 2]), asNames);
  t.strictSame(await model.evaluate([[0.1], [0.9]], matrix([1, 2], [2, 1])), asNames);
  t.ok((await model.predictClasses([[0.1], [1.6]])).every((name) => names.includes(name as string)));
  await t.rejects(model.evaluate([[0.1]], [3]), { code: 'ERR_LABEL' });
  const more = await train({ initial: model, inputs: [[0.1], [0.9]], targets: [1, 2], stop: { iterations: 1 } });
  t.strictSame(more.model.classes, names, 'going on from it');
});

t.test('a model of integers takes names of them', async (t) => {
  const { model } = await train({ ...task, inputs, targets: [1, 2, 1, 2, 3, 3] });
  t.strictSame(
    await model.evaluate(inputs, ['1', '2', '1', '2', '3', '3']),
    await model.evaluate(inputs, [1, 2, 1, 2, 3, 3]),
  );
});
