import { test } from 'tap';
import { matrix, takeRows, toMatrix } from '../../lib/data/matrix.js';

test('rows, typed rows and flat data', async (t) => {
  const expected = { data: Float64Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };
  t.same(
    toMatrix(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      'x',
    ),
    expected,
  );
  t.same(toMatrix([Float64Array.of(1, 2, 3), Float32Array.of(4, 5, 6)], 'x'), expected);
  t.same(matrix([1, 2, 3, 4, 5, 6], [2, 3]), expected);
  t.same(matrix(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]), expected);
  const data = Float64Array.of(1, 2, 3, 4, 5, 6);
  t.equal(matrix(data, [2, 3]).data, data, 'float64 data is shared');
});

test('takeRows copies', async (t) => {
  const m = matrix([1, 2, 3, 4, 5, 6], [3, 2]);
  const taken = takeRows(m, [2, 0, 2]);
  t.same(taken, matrix([5, 6, 1, 2, 5, 6], [3, 2]));
  taken.data.fill(0);
  t.same(m.data, Float64Array.of(1, 2, 3, 4, 5, 6));
});

test('nothing is misread', async (t) => {
  const sparse: number[][] = [[1], [2], [3]];
  delete sparse[1];
  const hole = [1, 2];
  delete hole[0];
  const strided = { data: [1, 2], shape: [1, 2], strides: [1, 2] };
  const cases: [name: string, value: unknown, code: string, message: RegExp | string][] = [
    ['null', null, 'ERR_OPTION', 'Expected an array of rows or { data, shape } for x but received null.'],
    ['a flat array', [1, 2, 3], 'ERR_OPTION', 'Expected an array of numbers for row 0 of x but received 1.'],
    ['a typed array without shape', Float64Array.of(1, 2), 'ERR_OPTION', /\{ data, shape \}/],
    ['no rows', [], 'ERR_SHAPE', /at least one row of at least one number for x/],
    ['empty rows', [[], []], 'ERR_SHAPE', /at least one row of at least one number for x/],
    [
      'rows of unequal length',
      [[1, 2], [3]],
      'ERR_SHAPE',
      'Expected 2 numbers in row 1 of x, as in row 0, but received 1.',
    ],
    ['a row in words', [[1], 'b'], 'ERR_OPTION', /row 1 of x but received "b"/],
    ['a missing row', sparse, 'ERR_OPTION', /row 1 of x but received undefined/],
    ['an object with a length', [{ length: 2 }], 'ERR_OPTION', /row 0 of x/],
    ['a number in words', [[1, '2']], 'ERR_OPTION', /row 0, column 1 of x but received "2"/],
    ['a hole', [hole], 'ERR_OPTION', /row 0, column 0 of x but received undefined/],
    ['integers', { data: Int32Array.of(1), shape: [1, 1] }, 'ERR_OPTION', /the data of x but received a Int32Array/],
    ['data in words', { data: ['1', '2'], shape: [1, 2] }, 'ERR_OPTION', /entry 0 of the data of x but received "1"/],
    ['data of null', { data: [1, null], shape: [1, 2] }, 'ERR_OPTION', /entry 1 of the data of x but received null/],
    [
      'one extent',
      { data: [1, 2], shape: [2] },
      'ERR_OPTION',
      /two positive integers \[rows, columns\] for the shape of x/,
    ],
    ['a negative extent', { data: [1, 2], shape: [-1, -2] }, 'ERR_OPTION', /the shape of x/],
    ['a fraction', { data: [1, 2], shape: [0.5, 4] }, 'ERR_OPTION', /the shape of x/],
    [
      'too short',
      { data: [1, 2], shape: [2, 2] },
      'ERR_SHAPE',
      'Expected 4 numbers for x of shape 2 × 2 but received 2.',
    ],
    ['strides', strided, 'ERR_SHAPE', /contiguous row-major data for x/],
    [
      'NaN',
      [
        [1, 2],
        [3, Number.NaN],
      ],
      'ERR_NONFINITE',
      'Expected finite numbers for x but received NaN in row 1, column 1.',
    ],
    ['−∞', { data: [Number.NEGATIVE_INFINITY], shape: [1, 1] }, 'ERR_NONFINITE', /-Infinity in row 0, column 0/],
    ['beyond float32', { data: Float32Array.of(1e39), shape: [1, 1] }, 'ERR_NONFINITE', /Infinity in row 0/],
  ];
  for (const [name, value, code, message] of cases) {
    t.throws(() => toMatrix(value as never, 'x'), { name: 'GnvproError', code, message }, name);
  }
});
