/** @file What is refused as an operator. */
import t from 'tap';
import { checkRegularizer } from '../../lib/regularizer/check.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { timeDerivative } from '../../lib/regularizer/timeDerivative.js';

const good = timeDerivative(2, 3, 0.5, 1);

t.test('operators of the package pass', async (t) => {
  for (const operator of [good, tikhonov(6, 0), tikhonov(6, 1, new Float64Array(6))]) checkRegularizer(operator, 6);
  t.pass();
});

t.test('others do not', async (t) => {
  const refused: [string, object, string][] = [
    ['rows', { rowPointers: good.rowPointers.slice(1) }, 'ERR_SHAPE'],
    ['values', { values: good.values.slice(1) }, 'ERR_SHAPE'],
    ['reference', { reference: new Float64Array(5) }, 'ERR_SHAPE'],
    ['arrays of other types', { columns: [...good.columns] }, 'ERR_OPTION'],
    ['no reference', { reference: undefined }, 'ERR_OPTION'],
    ['falling row pointers', { rowPointers: good.rowPointers.with(2, 0) }, 'ERR_OPTION'],
    ['row pointers far out', { rowPointers: good.rowPointers.with(1, 2 ** 30) }, 'ERR_OPTION'],
    ['columns that do not exist', { columns: good.columns.with(0, 6) }, 'ERR_OPTION'],
    ['negative columns', { columns: good.columns.with(0, -1) }, 'ERR_OPTION'],
    ['asymmetry', { values: good.values.with(1, 3) }, 'ERR_OPTION'],
    ['NaN in the reference', { reference: new Float64Array(6).fill(Number.NaN) }, 'ERR_NONFINITE'],
  ];
  for (const [what, part, code] of refused) {
    t.throws(() => checkRegularizer({ ...good, ...part }, 6), { name: 'GnvproError', code }, what);
  }
});
