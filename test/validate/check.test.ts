/** @file The checks of options and what they say. */
import t from 'tap';
import { checkFunction, checkInteger, checkNumber, checkOneOf, checkOptions, show } from '../../lib/validate/check.js';

function messageOf(call: () => void): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

t.test('suggestions of the nearest name', async (t) => {
  const known = ['inputs', 'targets', 'validation', 'regularization', 'W'];
  const suggested = (name: string) => messageOf(() => checkOptions({ [name]: 1 }, known, 'train'));
  const near: Record<string, string> = {
    input: 'inputs',
    INPUTS: 'inputs',
    imputs: 'inputs',
    tagrets: 'targets',
    validaton: 'validation',
    regularisation: 'regularization',
    w: 'W',
  };
  for (const [name, meant] of Object.entries(near)) {
    t.equal(suggested(name), `Unknown option "${name}" of train. Did you mean "${meant}"?`);
  }
  for (const far of ['learningRate', 'epochs', 'zzz']) {
    t.equal(suggested(far), `Unknown option "${far}" of train. Known: inputs, targets, validation, regularization, W.`);
  }
  t.equal(suggested('inputs'), '', 'known names pass');
});

t.test('choices', async (t) => {
  const choose = (value: unknown) => messageOf(() => checkOneOf(value, 'backend', ['native', 'js']));
  t.equal(choose('js'), '');
  t.equal(choose('naive'), 'Expected one of "native", "js" for backend but received "naive". Did you mean "native"?');
  t.equal(choose('fortran'), 'Expected one of "native", "js" for backend but received "fortran".');
  t.equal(choose(3), 'Expected one of "native", "js" for backend but received 3.');
});

t.test('options that are no object', async (t) => {
  for (const value of [null, undefined, 3, 'text', [], true]) {
    t.match(
      messageOf(() => checkOptions(value as object, ['a'], 'f')),
      /^Expected an object for the options of f but received /,
    );
  }
});

t.test('integers', async (t) => {
  const check = (value: unknown, bounds = {}) => messageOf(() => checkInteger(value, 'n', bounds));
  t.equal(check(3, { min: 3, max: 3 }), '');
  t.equal(check(2, { min: 3 }), 'Expected an integer of at least 3 for n but received 2.');
  t.equal(check(9, { max: 8 }), 'Expected an integer of at most 8 for n but received 9.');
  t.equal(check(1.5, { min: 1, max: 8 }), 'Expected an integer between 1 and 8 for n but received 1.5.');
  for (const value of ['3', Number.NaN, Number.POSITIVE_INFINITY, null, 3n])
    t.match(check(value), /^Expected an integer for n/);
});

t.test('numbers', async (t) => {
  const check = (value: unknown, bounds = {}) => messageOf(() => checkNumber(value, 'x', bounds));
  t.equal(check(0, { min: 0 }), '');
  t.equal(check(0, { above: 0 }), 'Expected a finite number greater than 0 for x but received 0.');
  t.equal(
    check(2, { above: 0, max: 0.9 }),
    'Expected a finite number greater than 0 and at most 0.9 for x but received 2.',
  );
  t.equal(check(Number.NaN, { min: 0 }), 'Expected a finite number of at least 0 for x but received NaN.');
  t.equal(
    check(Number.POSITIVE_INFINITY, { above: 0 }),
    'Expected a finite number greater than 0 for x but received Infinity.',
  );
  t.equal(check(Number.POSITIVE_INFINITY, { above: 0, infinite: true }), '');
  t.equal(check(Number.NaN, { infinite: true }), 'Expected a number for x but received NaN.');
  t.equal(check('1', { infinite: true }), 'Expected a number for x but received "1".');
});

t.test('functions', async (t) => {
  t.equal(
    messageOf(() => checkFunction(() => 0, 'f')),
    '',
  );
  t.equal(
    messageOf(() => checkFunction(3, 'f')),
    'Expected a function for f but received 3.',
  );
});

t.test('values are shown briefly', async (t) => {
  t.equal(show('a'), '"a"');
  t.equal(show(new Float64Array(3)), 'a Float64Array of length 3');
  t.equal(show([1, 2]), 'an array of length 2');
  t.equal(show({ a: 1, b: 2 }), 'an object with keys a, b');
  t.equal(show({}), 'an object with keys (none)');
  t.equal(
    show(() => 0),
    'a function',
  );
  t.equal(show(null), 'null');
  t.equal(show(Symbol('s')), 'Symbol(s)');
});
