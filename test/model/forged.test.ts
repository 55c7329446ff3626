import { type Test, test } from 'tap';
import { GnvproError } from '../../lib/errors.js';
import { pack, type StoredArray, unpack } from '../../lib/model/container.js';
import { Model } from '../../lib/model/model.js';
import { Random } from '../../lib/random.js';
import { type Change, forged, headerLength, withChecksum, withHeader } from '../support/modelFiles.js';
import { randomMatrix, randomModel, rotatedParts, uncertainParts } from '../support/models.js';

// Files that somebody made on purpose: the checksum is right, the content is not. 5 inputs, 4 features, 3 outputs,
// 56 weights in the layers, 3 × 5 in the last.
const bytes = randomModel().toBytes();

function refused(t: Test, changed: Uint8Array, message: RegExp, name: string) {
  const expected = { name: 'GnvproError', code: 'ERR_MODEL_FILE', message };
  t.throws(() => Model.fromBytes(changed, { backend: 'js' }), expected, name);
}

test('preamble and header', async (t) => {
  for (const length of [0xffff_fff8, bytes.length, 12]) {
    const changed = bytes.slice();
    new DataView(changed.buffer).setUint32(12, length, true);
    refused(t, withChecksum(changed), /header of \d+ bytes/, `a header of ${length} bytes`);
  }
  refused(t, withHeader(bytes, '{"inputs": 5'), /its header is not JSON/, 'not JSON');
  refused(t, withHeader(bytes, '[1]'), /its header is no object/, 'a list');
  refused(t, withHeader(bytes, '{}'), /no table of arrays/, 'an empty object');
  refused(t, withHeader(bytes, `${'['.repeat(200_000)}`), /its header is not JSON/, 'nested without end');
  const notText = bytes.slice();
  notText[30] = 0xff;
  refused(t, withChecksum(notText), /its header is not JSON/, 'not UTF-8');
});

test('the table of arrays', async (t) => {
  const outside = /array "theta" of shape .* reaches outside the file/;
  const cases: [name: string, message: RegExp, path: string, value: unknown][] = [
    ['a huge array', outside, 'arrays.theta.shape', [2 ** 50]],
    ['a product beyond integers', outside, 'arrays.theta.shape', [2 ** 52, 2 ** 52]],
    ['a far offset', outside, 'arrays.theta.offset', 2 ** 40],
    ['a negative offset', /an entry that is not one/, 'arrays.theta.offset', -8],
    ['no shape', /an entry that is not one/, 'arrays.theta.shape', 'long'],
    ['no entry', /an entry that is not one/, 'arrays.theta', null],
    ['one weight short', /56 weights but it holds 55/, 'arrays.theta.shape', [55]],
    ['another name', /no usable "theta"/, 'arrays.theta.name', 'other'],
  ];
  for (const [name, message, ...change] of cases) refused(t, forged(bytes, [change]), message, name);
});

test('facts that are missing or do not fit', async (t) => {
  const cases: [name: string, message: RegExp, path: string, value: unknown][] = [
    ['a network in words', /no usable "network"/, 'network', 'dense'],
    ['no outputs', /no usable "outputs"/, 'outputs', 0],
    ['no bias', /no usable "bias"/, 'bias', undefined],
    ['training that is no object', /no usable "training"/, 'training', 3],
    ['more inputs', /takes 5 inputs but it names 6/, 'inputs', 6],
    ['more outputs', /needs 4 × 5 weights but it holds 15/, 'outputs', 4],
    ['huge outputs', /needs 9007199254740991 × 5 weights/, 'outputs', Number.MAX_SAFE_INTEGER],
    ['another bias', /needs 3 × 4 weights but it holds 15/, 'bias', false],
  ];
  for (const [name, message, ...change] of cases) refused(t, forged(bytes, [change]), message, name);
});

test('numbers that cannot be', async (t) => {
  const cases: [name: string, message: RegExp, array: string, length: number, fill: number][] = [
    ['NaN weights', /not a finite number/, 'theta', 56, Number.NaN],
    ['infinite weights', /not a finite number/, 'W', 15, Number.POSITIVE_INFINITY],
    ['a zero scale', /scaling of inputs has a number that cannot be used/, 'inputScale', 5, 0],
    ['a scale without inverse', /cannot be used/, 'targetScale', 3, 1e-310],
    ['a short shift', /scaling of targets has 2 and 3 numbers for 3 columns/, 'targetShift', 2, 0],
    ['no constants', /its program was refused.*place of the constants/, 'constants', 0, 0],
  ];
  for (const [name, message, array, length, fill] of cases) {
    const { header, arrays } = unpack(bytes);
    const stored: StoredArray = { shape: [length], data: new Float64Array(length).fill(fill) };
    refused(t, pack({ header, arrays: new Map([...arrays, [array, stored]]) }), message, name);
  }
});

test('rotations of inputs that cannot be', async (t) => {
  const { header, arrays } = unpack(new Model(rotatedParts(), { backend: 'js' }).toBytes());
  const rotated = (...stored: [name: string, length: number, fill: number][]) => {
    const more = stored.map(([name, length, fill]) => {
      const array: StoredArray = { shape: [length], data: new Float64Array(length).fill(fill) };
      return [name, array] as const;
    });
    return pack({ header, arrays: new Map([...arrays, ...more]) });
  };
  refused(t, rotated(['inputRotation', 10, 1]), /takes 3 inputs but it names 2/, 'too few columns');
  refused(t, rotated(['inputRotation', 14, 1]), /takes 3 inputs but it names 2.8/, 'an incomplete one');
  refused(t, rotated(['inputRotation', 0, 1]), /takes 3 inputs but it names 0/, 'an empty one');
  refused(t, rotated(['inputRotation', 15, Number.NaN]), /scaling of inputs has a number/, 'NaN');
  refused(t, rotated(['inputShift', 3, 0]), /scaling of inputs has 3 and 5 numbers for 5 columns/, 'a short shift');
  const parts = rotatedParts();
  const scaling = { ...parts.scaling, targets: { ...parts.scaling.targets, rotation: new Float64Array(9) } };
  t.throws(() => new Model({ ...parts, scaling }, { backend: 'js' }), {
    code: 'ERR_SHAPE',
    message: /scaling of targets has a rotation/,
  });
});

test('posteriors that cannot be', async (t) => {
  const whole = new Model(uncertainParts(), { backend: 'js' }).toBytes();
  t.equal(Model.fromBytes(whole, { backend: 'js' }).hasPosterior, true);
  const { header, arrays } = unpack(whole);
  const changed = (name: string, length: number, fill: number) => {
    const stored: StoredArray = { shape: [length], data: new Float64Array(length).fill(fill) };
    return pack({ header, arrays: new Map([...arrays, [name, stored]]) });
  };
  const without = (name: string) => pack({ header, arrays: new Map([...arrays].filter(([other]) => other !== name)) });
  const cases: [name: string, message: RegExp, array: string, length: number, fill: number][] = [
    ['no members', /of 0 members/, 'posteriorNoise', 0, 0],
    ['members that share weights unequally', /of 3 members/, 'posteriorNoise', 3, 1],
    ['more members than weights', /of 1000 members/, 'posteriorNoise', 1000, 1],
    ['two members in the arrays of one', /needs 18 numbers of "W" but it holds 15/, 'posteriorNoise', 2, 1],
    ['negative noise', /noise of its posterior is not positive/, 'posteriorNoise', 1, -1],
    ['infinite noise', /"noise" of its posterior is not finite/, 'posteriorNoise', 1, Number.POSITIVE_INFINITY],
    ['negative noise of an output', /noise of its posterior is not positive/, 'posteriorOutputNoise', 3, -1],
    [
      'NaN for the noise of an output',
      /"outputNoise" of its posterior is not fi/,
      'posteriorOutputNoise',
      3,
      Number.NaN,
    ],
    ['noise of other outputs', /needs 3 numbers of "outputNoise" but it holds 4/, 'posteriorOutputNoise', 4, 1],
    ['no noise of outputs', /needs 3 numbers of "outputNoise" but it holds 0/, 'posteriorOutputNoise', 0, 1],
    ['short directions', /needs 1596 numbers of "theta" but it holds 56/, 'posteriorTheta', 56, 0],
    ['NaN', /"changesOfW" of its posterior is not finite/, 'posteriorChangesOfW', 840, Number.NaN],
    ['a root of another size', /needs 25 numbers of "roots" but it holds 16/, 'posteriorRoots', 16, 1],
  ];
  for (const [name, message, ...array] of cases) refused(t, changed(...array), message, name);
  for (const name of ['W', 'Theta', 'ChangesOfW', 'Roots']) {
    refused(t, without(`posterior${name}`), new RegExp(`no usable "posterior${name}"`), `no ${name}`);
  }
  t.equal(Model.fromBytes(without('posteriorNoise'), { backend: 'js' }).hasPosterior, false);
  refused(t, changed('posteriorTheta', 0, 0), /needs 0 numbers of "changesOfW" but it holds 840/, 'θ held in part');
  refused(
    t,
    changed('posteriorRoots', 225, 1),
    /needs 25 numbers of "roots" but it holds 225/,
    'roots of another loss',
  );
});

test('programs', async (t) => {
  const at = (op: string, key: string) => `program.instructions.${op}.${key}`;
  const { instructions, outputs } = unpack(bytes).header.program as {
    instructions: { op: string }[];
    outputs: unknown[];
  };
  const [theFirst, ...others] = instructions;
  const weights = instructions.findIndex(({ op }) => op === 'vectorInput');
  const cases: [name: string, message: RegExp, ...change: Change][] = [
    ['a list', /the program is \[1\]/, 'program', [1]],
    ['no name', /the name is 1/, 'program.name', 1],
    ['no instructions', /an output is \d+/, 'program.instructions', []],
    ['an unknown operation', /is not an operation/, 'program.instructions.3.op', 'constructor'],
    ['an operand of the future', /an operand of instruction/, at('matmul', 'operands'), [0, 999]],
    ['a missing operand', /has 1 operands/, at('matmul', 'operands'), [0]],
    ['operands that do not fit', /inner dimensions that agree/, at('matmul', 'tb'), true],
    ['a flag that is none', /a flag of instruction .* is 2/, at('matmul', 'ta'), 2],
    ['a slice outside of the weights', /offset of instruction/, at('vectorInput', 'offset'), 40],
    ['a huge matrix', /offset of instruction/, at('vectorInput', 'rows'), 2 ** 27],
    ['another array', /array of instruction/, at('sampleInput', 'array'), 1],
    ['another function', /kind of instruction .* is "tan"/, at('unary', 'kind'), 'tan'],
    ['smooth relu without η', /place of the constants/, at('unary', 'kind'), 'smoothRelu'],
    ['an index outside', /an index is outside/, at('gather', 'indices.0'), 2 ** 20],
    ['an index that is none', /an index of instruction/, at('gather', 'indices.0'), 0.5],
    ['repeated instructions', /repeats instruction 0/, 'program.instructions', [theFirst, theFirst, ...others]],
    ['more weights', /takes 57 weights but it holds 56/, 'program.vectorInputs.0.length', 57],
    ['a fixed output', /has no row for each sample/, 'program.outputs.0.value', weights],
    ['two outputs', /does not map inputs and weights to features/, 'program.outputs', [...outputs, ...outputs]],
    [
      'a sum over samples',
      /mixes samples/,
      'program.instructions',
      [...instructions, { op: 'sumSamples', operands: [0] }],
    ],
  ];
  for (const [name, message, ...change] of cases) refused(t, forged(bytes, [change]), message, name);
});

test('values of absurd size', async (t) => {
  const { instructions } = unpack(bytes).header.program as { instructions: unknown[] };
  const outer = Array.from({ length: 40 }, (_, i) => {
    const last = i === 0 ? 0 : instructions.length + i - 1;
    return { op: 'outer', operands: [last, last] };
  });
  const changed = forged(bytes, [['program.instructions', [...instructions, ...outer]]]);
  refused(t, changed, /has \d+ entries, more than 134217728/, 'columns that multiply');
});

test('random changes of the header', async (t) => {
  const random = new Random(11);
  let accepted = 0;
  for (let i = 0; i < 500; i++) {
    const changed = bytes.slice();
    changed[24 + random.integer(headerLength(bytes))] = 0x20 + random.integer(95);
    try {
      Model.fromBytes(withChecksum(changed), { backend: 'js' }).predictSync(randomMatrix(2, 5));
      accepted++;
    } catch (error) {
      if (!(error instanceof GnvproError && error.code === 'ERR_MODEL_FILE')) t.fail(String((error as Error).stack));
    }
  }
  t.ok(accepted > 0 && accepted < 250, `${accepted} of 500 changes (of names and the like) leave a usable model`);
});
