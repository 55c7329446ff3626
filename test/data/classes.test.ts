/** @file Names of classes from labels, and the targets that stand for them. */
import t from 'tap';
import { sharedArray } from '../../lib/data/buffers.js';
import {
  checkClasses,
  classesOf,
  classIndices,
  classTargets,
  type Labels,
  oneHot,
  softTargets,
  topColumn,
} from '../../lib/data/classes.js';

t.test('names are sorted: numbers by size, strings by code point', async (t) => {
  t.strictSame(classesOf([10, 9, -1, 9, 2]), [-1, 2, 9, 10]);
  t.strictSame(classesOf(['b', 'a', 'B', 'ab', 'a', 'é']), ['B', 'a', 'ab', 'b', 'é']);
  // U+FF5E comes before U+1F600, whose first half is 0xD83D.
  t.strictSame(classesOf(['😀', '～', '😀b', '😀a']), ['～', '😀', '😀a', '😀b']);
});

t.test('every form of integer labels gives the same', async (t) => {
  const forms: Labels[] = [
    [3, 0, 3, 7],
    Int32Array.of(3, 0, 3, 7),
    Uint8Array.of(3, 0, 3, 7),
    [[3], [0], [3], [7]],
    { data: Float64Array.of(3, 0, 3, 7), shape: [4, 1] },
  ];
  for (const labels of forms) {
    t.strictSame(classesOf(labels), [0, 3, 7]);
    t.strictSame(classIndices(labels, [0, 3, 7]), Int32Array.of(1, 0, 1, 2));
  }
  t.strictSame(classIndices([-0, 1], [0, 1]), Int32Array.of(0, 1), 'the sign of zero does not matter');
});

t.test('one-hot targets, on the memory that is asked for', async (t) => {
  const { data, shape } = oneHot(['dog', 'cat', 'dog'], ['cat', 'dog'], { allocate: sharedArray });
  t.strictSame([...data], [0, 1, 1, 0, 0, 1]);
  t.strictSame(shape, [3, 2]);
  t.ok(data.buffer instanceof SharedArrayBuffer);
  t.strictSame([...oneHot([1, 2], [2, 5, 1]).data], [0, 0, 1, 1, 0, 0], 'classes may stand in an order of their own');
});

t.test('soft targets sum to 1', async (t) => {
  const given = Float64Array.of(0.25, 0.75, 0, 1, 0.1, 0.9 + 9e-7);
  const before = given.slice();
  const { data, shape } = softTargets({ data: given, shape: [3, 2] }, { allocate: sharedArray });
  t.strictSame([...data.subarray(0, 4)], [0.25, 0.75, 0, 1], 'rows that do keep their bits');
  t.ok(Math.abs(data[4] + data[5] - 1) <= Number.EPSILON);
  t.ok(Math.abs(data[4] - 0.1 / (1 + 9e-7)) <= Number.EPSILON);
  t.strictSame(shape, [3, 2]);
  t.strictSame(given, before, 'the matrix of the caller stays');
  t.ok(data.buffer instanceof SharedArrayBuffer);
});

t.test('labels or shares, whichever are given', async (t) => {
  const expected = [1, 0, 0, 1];
  const forms: Labels[] = [
    ['a', 'b'],
    [
      [1, 0],
      [0, 1],
    ],
    { data: [1, 0, 0, 1], shape: [2, 2] },
  ];
  for (const truth of forms) t.strictSame([...classTargets(truth, ['a', 'b']).data], expected);
  t.strictSame([...classTargets([[5], [6]], [5, 6]).data], expected, 'one column is labels');
  t.throws(() => classTargets([[1, 0, 0]], ['a', 'b']), {
    code: 'ERR_SHAPE',
    message: 'Expected 2 columns for labels, one a class, but received 3.',
  });
});

t.test('the top column; ties go to the first', async (t) => {
  const m = { data: Float64Array.of(1, 3, 2, 5, 5, 5, -2, -1, -1), shape: [3, 3] as const };
  t.strictSame(
    [0, 1, 2].map((n) => topColumn(m, n)),
    [1, 0, 1],
  );
});

t.test('what is refused, in words', async (t) => {
  const many = Array.from({ length: 13 }, (_, i) => i);
  const cases: [what: () => unknown, message: string][] = [
    [
      () => classIndices(['cat', 'bird'], ['cat', 'dog']),
      'Expected one of the classes "cat", "dog" for row 1 of labels but received "bird".',
    ],
    [
      () => oneHot([99], many, { name: 'targets' }),
      'Expected one of the classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more for row 0 of targets but received 99.',
    ],
    [() => classesOf([1, 'a'] as never), 'Expected an integer, as in row 0, for row 1 of labels but received "a".'],
    [() => classesOf(['a', 1] as never), 'Expected a string, as in row 0, for row 1 of labels but received 1.'],
    [() => classesOf([0, 1.5]), 'Expected an integer, as in row 0, for row 1 of labels but received 1.5.'],
    [() => classesOf([2 ** 60]), `Expected a string or an integer for row 0 of labels but received ${2 ** 60}.`],
    [() => classesOf([null] as never), 'Expected a string or an integer for row 0 of labels but received null.'],
    [() => classesOf(new Array(2)), 'Expected a string or an integer for row 0 of labels but received undefined.'],
    [() => classesOf([]), 'Expected at least one label for labels but received an array of length 0.'],
    [() => classesOf('cat' as never), 'Expected an array of strings or integers for labels but received "cat".'],
    [
      () => classesOf(new Float32Array(2) as never),
      'Expected an array of strings or integers for labels but received a Float32Array of length 2.',
    ],
    [() => checkClasses(['a', 'b', 'a']), 'Expected every class once for entry 2 of classes but received "a".'],
    [() => checkClasses('ab' as never), 'Expected an array of names for classes but received "ab".'],
    [
      () =>
        softTargets([
          [0.5, 0.5],
          [1.1, -0.1],
        ]),
      'Expected shares of at least 0 for row 1 of targets but received -0.1.',
    ],
    [() => softTargets([[0.5, 0.25]]), 'Expected shares that sum to 1 for row 0 of targets but received 0.75.'],
    [() => softTargets([[0.5, 0.75]]), 'Expected shares that sum to 1 for row 0 of targets but received 1.25.'],
  ];
  for (const [what, message] of cases) t.throws(what, { name: 'GnvproError', code: 'ERR_LABEL', message });
  t.throws(() => classesOf([[1, 2]]), {
    code: 'ERR_SHAPE',
    message: 'Expected one column of labels for labels but received 2.',
  });
  t.throws(() => softTargets([[0.5, 0.500002]]), { code: 'ERR_LABEL' }, 'beyond 1e-6');
  t.throws(() => softTargets([[Number.NaN, 1]]), { code: 'ERR_NONFINITE' });
  const lost = Int32Array.of(1, 2);
  structuredClone(lost, { transfer: [lost.buffer] });
  t.throws(() => classesOf(lost), { code: 'ERR_DETACHED' });
});
