import t from 'tap';
import { loadNative } from '../../lib/binding.js';
import type { EncodedProgram } from '../../lib/program/encode.js';
import { unaryKinds } from '../../lib/program/functions.js';
import {
  denseProgram,
  direct,
  encodeRaw,
  fixed,
  op,
  own,
  type RawProgram,
  type RawValue,
  rawProgram,
  samples,
} from './support/rawProgram.js';

const native = loadNative();

// Values: 0 input samples × 3, 1 weights 3 × 2, 2 row 1 × 2, 3 matmul (slot 0), 4 addRow (slot 0), 5 tanh (output 0).
const dense = (): RawProgram => denseProgram(3, 2);

/** A program of samples × 2 values: x, then those given; the last is the output. */
function chain(...values: ReturnType<typeof samples>[]): RawProgram {
  return rawProgram({
    sampleInputs: [2],
    vectorInputs: [2],
    sampleOutputs: [2],
    slots: [2, 4],
    constants: [1],
    outputs: [[0, 0, 0, values.length + 1]],
    values: [samples(op.sampleInput, [], 2, own, [0]), fixed(op.vectorInput, [], 1, 2, [0, 0]), ...values],
  });
}

const program = (change: Partial<RawProgram>): RawProgram => ({ ...dense(), ...change });

/** `dense` with a change of one of its values. */
function value(id: number, change: Partial<RawValue>): RawProgram {
  const { values } = dense();
  values[id] = { ...values[id], ...change };
  return program({ values });
}

const unknown = Object.keys(op).length;

const malformed: [string, RawProgram, RegExp][] = [
  ['another version', program({ version: 2 }), /version 1 but received version 2/],
  ['an unknown opcode', value(3, { op: unknown }), new RegExp(`opcode from 0 to ${unknown - 1}`)],
  ['a negative opcode', value(3, { op: -1 }), /opcode/],
  ['an unknown kind of value', value(3, { kind: 2 }), /kind of a value/],
  ['an unknown kind of output', program({ outputs: [[2, 0, 0, 5]] }), /kind of an output/],
  ['an operand that is not defined', value(3, { operands: [0, 9] }), /not defined before/],
  ['an operand that is defined later', value(3, { operands: [4, 1] }), /not defined before/],
  ['an operand that is the value itself', value(4, { operands: [4, 2] }), /not defined before/],
  ['a negative operand', value(4, { operands: [-1, 2] }), /not defined before/],
  ['too few operands', value(4, { operands: [3] }), /number of operands: 1/],
  ['too many operands', value(5, { operands: [4, 0] }), /number of operands: 2/],
  ['too few attributes', value(5, { attributes: [0] }), /number of attributes: 1/],
  ['too many attributes', value(4, { attributes: [0] }), /number of attributes: 1/],
  ['concat of nothing', chain(samples(op.concat, [], 2, direct(0))), /number of operands: 0/],
  ['an input array that does not exist', value(0, { attributes: [1] }), /does not exist/],
  ['a negative input array', value(0, { attributes: [-1] }), /does not exist/],
  ['an input of other columns', value(0, { cols: 4 }), /shape samples × 3/],
  ['a vector input that does not exist', value(1, { attributes: [1, 0] }), /does not exist/],
  ['a slice beyond its vector', value(2, { attributes: [0, 7] }), /beyond the end of its vector/],
  ['a slice before its vector', value(2, { attributes: [0, -1] }), /beyond the end of its vector/],
  ['a slice of samples', value(2, { kind: 1, rows: 0 }), /cannot define samples/],
  ['a negative length', program({ vectorInputs: [-1] }), /length of a vector input/],
  ['rows of samples', value(3, { rows: 1 }), /rows of a value/],
  ['negative columns', value(3, { cols: -2 }), /columns of a value/],
  ['too many columns', value(3, { cols: 2 ** 24 + 1 }), /columns of a value/],
  ['huge fixed values', value(1, { rows: 2 ** 24, cols: 2 ** 24 }), /entries of the/],
  ['huge slots', program({ slots: [2, 2 ** 21] }), /columns of the slots/],
  ['a negative slot', program({ slots: [-2] }), /columns of the slots/],
  ['huge vector outputs', program({ vectorOutputs: [2 ** 27, 2 ** 27, 1] }), /vector outputs/],
  ['products of other inner sizes', value(3, { attributes: [0, 1] }), /multiplies samples × 3 by 3 × 2/],
  ['a flag that is no flag', value(3, { attributes: [2, 0] }), /neither 0 nor 1/],
  ['transposed samples by a fixed value', value(3, { attributes: [1, 0] }), /transposed samples/],
  ['samples times samples', chain(samples(op.matmul, [0, 0], 2, direct(0), [0, 0])), /sum over samples only/],
  ['fixed times samples', chain(samples(op.matmul, [1, 0], 2, direct(0), [0, 0])), /sum over samples only/],
  ['a product of the wrong shape', value(3, { cols: 1 }), /shape samples × 2/],
  ['an added row of other columns', value(4, { operands: [3, 1] }), /row of shape 1 × 2/],
  ['a row added to a fixed value', value(4, { operands: [2, 2] }), /needs samples/],
  ['elementwise over different shapes', value(5, { operands: [0] }), /different shapes/],
  ['elementwise over different kinds', chain(samples(op.add, [0, 1], 2, direct(0))), /different shapes/],
  ['an unknown function', value(5, { attributes: [unaryKinds.length, -1] }), /function that does not exist/],
  ['a parameter that does not exist', value(5, { attributes: [0, 0] }), /constant that does not/],
  ['smoothRelu without a parameter', value(5, { attributes: [3, -1] }), /parameter of smoothRelu/],
  ['a factor that does not exist', chain(samples(op.scale, [0], 2, direct(0), [1])), /constant that does not/],
  ['a factor −1', chain(samples(op.scale, [0], 2, direct(0), [-1])), /constant that does not/],
  [
    'constants beyond the end',
    chain(fixed(op.constant, [], 1, 2, [0]), samples(op.broadcastRow, [2], 2, direct(0))),
    /constants/,
  ],
  ['constants from before', chain(fixed(op.constant, [], 1, 1, [-1])), /constants/],
  ['broadcast of samples', chain(samples(op.broadcastRow, [0], 2, direct(0))), /row of shape/],
  ['a sum of a fixed value', chain(fixed(op.sumSamples, [1], 1, 2)), /needs samples/],
  ['gather beyond the end', chain(samples(op.gather, [0], 2, direct(0), [0, 2])), /index out of range: 2/],
  ['gather below −1', chain(samples(op.gather, [0], 2, direct(0), [0, -2])), /index out of range: -2/],
  ['gather with too few indices', chain(samples(op.gather, [0], 2, direct(0), [0])), /needs 2 indices but has 1/],
  ['gather from fixed to samples', chain(samples(op.gather, [1], 2, direct(0), [0, 1])), /turn samples/],
  ['scatter beyond the end', chain(samples(op.scatter, [0], 2, direct(0), [0, 2])), /index out of range: 2/],
  [
    'scatter with too many indices',
    chain(samples(op.scatter, [0], 2, direct(0), [0, 1, 1])),
    /needs 2 indices but has 3/,
  ],
  ['outer of other columns', chain(samples(op.outer, [0, 0], 2, direct(0))), /shape samples × 4/],
  ['outer with a fixed value', chain(samples(op.outer, [0, 1], 4, direct(0))), /needs samples/],
  ['concat of other columns', chain(samples(op.concat, [0, 0], 2, direct(0))), /shape samples × 4/],
  [
    'samples from a sum over samples',
    chain(fixed(op.sumSamples, [0], 1, 2), samples(op.addRow, [0, 2], 2, direct(0))),
    /known only after all of them/,
  ],
  [
    'samples from the epilogue',
    chain(fixed(op.sumSamples, [0], 1, 2), fixed(op.scale, [2], 1, 2, [0]), samples(op.addRow, [0, 3], 2, direct(0))),
    /known only after all of them/,
  ],
  ['a slot that does not exist', value(3, { storage: 1 }), /does not fit its slot/],
  ['a slot that is too narrow', program({ slots: [1] }), /does not fit its slot/],
  ['computed samples without storage', value(3, { storage: -1 }), /wrong kind of storage/],
  ['an input in a slot', value(0, { storage: 0 }), /wrong kind of storage/],
  ['a fixed value in a slot', value(1, { storage: 0 }), /wrong kind of storage/],
  ['another’s output as storage', value(4, { storage: direct(0) }), /not its own/],
  ['storage in an output that does not exist', value(5, { storage: direct(1) }), /not its own/],
  ['the lowest storage', value(5, { storage: -(2 ** 31) }), /not its own/],
  [
    'a product over its operand',
    chain(
      samples(op.scale, [0], 2, 1, [0]),
      samples(op.gather, [2], 2, 1, [1, 0]),
      samples(op.scale, [3], 2, direct(0), [0]),
    ),
    /written over an operand/,
  ],
  [
    'a value read after its slot was reused',
    chain(samples(op.scale, [0], 2, 0, [0]), samples(op.scale, [0], 2, 0, [0]), samples(op.add, [2, 3], 2, direct(0))),
    /after its slot was reused/,
  ],
  [
    'a value read after it was overwritten in place',
    chain(samples(op.scale, [0], 2, 0, [0]), samples(op.scale, [2], 2, 0, [0]), samples(op.add, [2, 3], 2, direct(0))),
    /after its slot was reused/,
  ],
  [
    'an output overwritten before the end',
    { ...chain(samples(op.scale, [0], 2, 0, [0]), samples(op.scale, [0], 2, 0, [0])), outputs: [[0, 0, 0, 2]] },
    /overwritten before the end/,
  ],
  ['a sample output without an entry', program({ outputs: [] }), /never written/],
  [
    'a sample output with two entries',
    program({
      outputs: [
        [0, 0, 0, 5],
        [0, 0, 0, 5],
      ],
    }),
    /written twice/,
  ],
  ['a sample output of other columns', program({ sampleOutputs: [3] }), /does not fit its sample output/],
  ['a sample output at an offset', program({ outputs: [[0, 0, 1, 5]] }), /does not fit its sample output/],
  ['an output that does not exist', program({ outputs: [[0, 1, 0, 5]] }), /does not exist/],
  ['an output of no value', program({ outputs: [[0, 0, 0, 6]] }), /does not exist/],
  ['an output of a negative value', program({ outputs: [[0, 0, 0, -1]] }), /does not exist/],
  ['a sample output of a fixed value', program({ outputs: [[0, 0, 0, 2]] }), /other kind/],
  [
    'a vector output beyond its end',
    program({
      vectorOutputs: [3],
      outputs: [
        [0, 0, 0, 5],
        [1, 0, 2, 2],
      ],
    }),
    /does not fit its vector output/,
  ],
  [
    'a vector output before its start',
    program({
      vectorOutputs: [3],
      outputs: [
        [0, 0, 0, 5],
        [1, 0, -1, 2],
      ],
    }),
    /does not fit its vector output/,
  ],
  [
    'a vector output of samples',
    program({
      vectorOutputs: [3],
      outputs: [
        [0, 0, 0, 5],
        [1, 0, 0, 3],
      ],
    }),
    /other kind/,
  ],
];

/** Images of 2 × 3 × 4, windows of 2 × 2 in two groups with a border on top, 3 × 3 of them; 2 filters of 4 weights. */
const geometry = [2, 3, 4, 2, 2, 1, 1, 1, 0, 0, 0, 0, 2];
const pool = [2, 3, 4, 2, 2, 1, 2];

/** An operation on images and kernels of these sizes, with some attributes changed. */
function convolution(
  change: Record<number, number>,
  { opcode = op.conv2d, sizes = [24, 2, 4, 18], operands = [0, 1], more = [] as number[] } = {},
): RawProgram {
  const [image, filters, taps, result] = sizes;
  const attributes = [...geometry, ...more].map((value, i) => change[i] ?? value);
  const isSum = opcode === op.conv2dToKernel;
  const last = isSum
    ? fixed(opcode, operands, result, 4, attributes)
    : samples(opcode, operands, result, direct(0), attributes);
  return rawProgram({
    sampleInputs: [image, 18],
    vectorInputs: [filters * taps],
    sampleOutputs: isSum ? [] : [result],
    vectorOutputs: isSum ? [result * 4] : [],
    outputs: [isSum ? [1, 0, 0, 3] : [0, 0, 0, 3]],
    values: [
      samples(op.sampleInput, [], image, own, [0]),
      fixed(op.vectorInput, [], filters, taps, [0, 0]),
      samples(op.sampleInput, [], 18, own, [1]),
      last,
    ],
  });
}

const toInput = { opcode: op.conv2dToInput, sizes: [24, 2, 4, 24], operands: [2, 1] };
const toKernel = { opcode: op.conv2dToKernel, sizes: [24, 2, 4, 2], operands: [0, 2], more: [0] };

const pooling = (opcode: number, attributes: number[], cols: number, result: number, operands = [0]): RawProgram =>
  rawProgram({
    sampleInputs: [cols, 8],
    sampleOutputs: [result],
    outputs: [[0, 0, 0, 2]],
    values: [
      samples(op.sampleInput, [], cols, own, [0]),
      samples(op.sampleInput, [], 8, own, [1]),
      samples(opcode, operands, result, direct(0), attributes),
    ],
  });

const most = 2 ** 31 - 1;
malformed.push(
  ['an image of no height', convolution({ 1: 0 }), /image without pixels/],
  ['an image of negative channels', convolution({ 0: -2 }), /image without pixels/],
  ['a stride of 0', convolution({ 5: 0 }), /stride/],
  ['a negative stride', convolution({ 6: -1 }), /stride/],
  ['windows larger than the image', convolution({ 3: 5 }), /do not fit/],
  ['windows of no width', convolution({ 4: 0 }), /border|do not fit/],
  ['a negative border', convolution({ 8: -1 }), /border/],
  ['a border as wide as the windows', convolution({ 7: 2 }), /border/],
  ['a border without end', convolution({ 3: most, 7: most - 1, 9: most - 1 }), /border/],
  ['a periodic flag that is none', convolution({ 11: 2 }), /flag/],
  ['no groups', convolution({ 12: 0 }), /groups/],
  ['channels that do not divide into groups', convolution({ 12: 3 }), /groups/],
  ['kernels of other weights', convolution({ 12: 1 }), /kernels of another shape/],
  ['kernels that do not divide into groups', convolution({}, { sizes: [24, 3, 4, 27] }), /kernels of another shape/],
  ['an image of another size', convolution({}, { sizes: [23, 2, 4, 18] }), /image of another size/],
  ['a result of another size', convolution({}, { sizes: [24, 2, 4, 17] }), /shape samples × 18/],
  ['an image without kernels', convolution({}, { operands: [0, 1, 0] }), /image without kernels/],
  ['kernels in the place of the image', convolution({}, { operands: [1, 0] }), /image of another size/],
  ['sizes whose product overflows', convolution({ 0: most, 1: most, 2: most }), /image without pixels, or of more/],
  ['sizes whose product wraps to the image', convolution({ 0: 2 ** 24, 1: 2 ** 24, 2: 2 ** 24 }), /or of more/],
  ['channels without end', convolution({ 0: 2 ** 24, 12: 2 ** 24 }), /or of more/],
  ['strides without end are harmless, but not this shape', convolution({ 5: most, 6: most }), /shape samples × 2/],
  ['a cotangent of another size', convolution({ 5: 2 }, toInput), /cotangent of another size/],
  ['an image for a cotangent', convolution({}, { ...toInput, operands: [0, 1] }), /cotangent of another size/],
  ['the cotangent of an image of another size', convolution({ 1: 4, 7: 0 }, toInput), /shape samples × 32/],
  ['a flag by sample that is none', convolution({ 13: 2 }, toKernel), /flag/],
  ['a row a sample in the place of a sum', convolution({ 13: 1 }, toKernel), /samples/],
  ['a sum of other kernels', convolution({}, { ...toKernel, sizes: [24, 2, 4, 3] }), /shape 2 × 4/],
  ['too few numbers of a geometry', pooling(op.averagePool, pool.slice(1), 24, 8), /number of attributes: 6/],
  ['pooling of another size', pooling(op.averagePool, pool, 23, 8), /operand of another size/],
  ['a pooled image of another size', pooling(op.maxPool, pool, 24, 9), /shape samples × 8/],
  ['pooling by windows of no height', pooling(op.maxPositions, [2, 3, 4, 0, 2, 1, 2], 24, 8), /do not fit/],
  ['pooling with a stride of 0', pooling(op.maxPool, [2, 3, 4, 2, 2, 0, 2], 24, 8), /stride/],
  ['pooling of pixels without end', pooling(op.maxPool, [most, most, most, 1, 1, 1, 1], 24, 8), /or of more/],
  ['positions of another size', pooling(op.pickPositions, pool, 24, 8, [0, 0]), /operand of another size/],
  [
    'an image where its windows are meant',
    pooling(op.spreadPositions, pool, 24, 24, [0, 1]),
    /operand of another size/,
  ],
  ['channels that do not divide', pooling(op.sumChannels, [5], 24, 5), /do not divide/],
  ['no channels', chain(fixed(op.sumChannels, [0], 1, 1, [0])), /do not divide/],
  ['a row of samples for channels', chain(samples(op.addChannels, [0, 0], 2, direct(0))), /needs a row/],
);

for (const [name, program, message] of malformed) {
  t.test(`refuses ${name}`, (t) => {
    t.throws(() => new native.Program(encodeRaw(program)), { code: 'ERR_PROGRAM', message });
    t.end();
  });
}

t.test('accepts what the malformed programs were made from', (t) => {
  t.ok(new native.Program(encodeRaw(dense())));
  t.ok(new native.Program(encodeRaw(chain(samples(op.scale, [0], 2, direct(0), [0])))));
  for (const sound of [convolution({}), convolution({}, toInput), convolution({}, toKernel)]) {
    t.ok(new native.Program(encodeRaw(sound)));
  }
  t.ok(new native.Program(encodeRaw(pooling(op.maxPool, pool, 24, 8))));
  t.end();
});

t.test('refuses code of the wrong length', (t) => {
  const { code, constants } = encodeRaw(dense());
  for (let length = 0; length < code.length; length++) {
    t.throws(() => new native.Program({ code: code.slice(0, length), constants }), { code: 'ERR_PROGRAM' });
  }
  const longer = Int32Array.from([...code, 0]);
  t.throws(() => new native.Program({ code: longer, constants }), { code: 'ERR_PROGRAM', message: /1 words after/ });
  for (const index of [1, 2, 3, 4, 5, 6, 7, 8]) {
    for (const count of [-1, 2 ** 31 - 1]) {
      const wrong = code.slice();
      wrong[index] = count;
      t.throws(() => new native.Program({ code: wrong, constants }), { code: 'ERR_PROGRAM' });
    }
  }
  t.end();
});

t.test('refuses arguments of other types', (t) => {
  const { code, constants } = encodeRaw(dense());
  const wrong: unknown[] = [
    undefined,
    null,
    1,
    'program',
    () => 0,
    {},
    { code },
    { code: [...code], constants },
    { code: new Float64Array(code), constants },
    { code: new Uint32Array(code.buffer), constants },
    { code, constants: [] },
    { code, constants: new Float32Array(0) },
  ];
  for (const argument of wrong) {
    t.throws(() => new native.Program(argument as EncodedProgram), { name: 'TypeError', code: 'ERR_ARGUMENT' });
  }
  const failing = {
    get code(): Int32Array {
      throw new RangeError('mine');
    },
    constants,
  };
  t.throws(() => new native.Program(failing), { name: 'RangeError', message: 'mine' }, 'the caller’s own exception');
  t.throws(() => (native.Program as unknown as () => void)(), TypeError, 'without new');
  t.end();
});

t.test('refuses wrong arguments of a run', async (t) => {
  const program = new native.Program(encodeRaw(dense()));
  const [Y, theta] = [new Float64Array(6), new Float64Array(8)];
  const detached = new Float64Array(8);
  structuredClone(detached, { transfer: [detached.buffer] });
  type Resizable = new (
    length: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer & { resize(n: number): void };
  const resizable = new (ArrayBuffer as unknown as Resizable)(64, { maxByteLength: 64 });
  const [shrunk, tracking] = [new Float64Array(resizable, 0, 8), new Float64Array(resizable)];
  resizable.resize(32);
  const wrong: [unknown[], RegExp][] = [
    [[], /for samples but received undefined/],
    [[-1, [Y], [theta], 1], /for samples but received -1/],
    [[1.5, [Y], [theta], 1], /for samples but received 1.5/],
    [[Number.NaN, [Y], [theta], 1], /for samples/],
    [[Number.POSITIVE_INFINITY, [Y], [theta], 1], /for samples/],
    [[2 ** 40, [Y], [theta], 1], /for samples/],
    [['2', [Y], [theta], 1], /for samples but received '2'/],
    [[2n, [Y], [theta], 1], /for samples but received a bigint/],
    [[2, [Y], [theta]], /for threads but received undefined/],
    [[2, [Y], [theta], 0], /for threads but received 0/],
    [[2, [Y], [theta], 257], /for threads/],
    [[2, undefined, [theta], 1], /array of length 1 for sampleInputs but received undefined/],
    [[2, [], [theta], 1], /array of length 1 for sampleInputs but received an array of length 0/],
    [[2, [Y, Y], [theta], 1], /sampleInputs but received an array of length 2/],
    [[2, [Y], [], 1], /vectorInputs/],
    [[2, [Y], theta, 1], /vectorInputs but received a Float64Array of length 8/],
    [[2, [[0, 0, 0, 0, 0, 0]], [theta], 1], /sampleInputs\[0\] but received an array/],
    [[2, [new Float32Array(6)], [theta], 1], /sampleInputs\[0\] but received a Float32Array of length 6/],
    [[2, [new DataView(new ArrayBuffer(48))], [theta], 1], /sampleInputs\[0\] but received an object/],
    [[3, [Y], [theta], 1], /Float64Array of length 9 for sampleInputs\[0\] but received a Float64Array of length 6/],
    [[2, [Y], [new Float64Array(7)], 1], /length 8 for vectorInputs\[0\]/],
    [[2, [Y], [null], 1], /vectorInputs\[0\] but received null/],
    [[2, [Y], [detached], 1], /vectorInputs\[0\]/],
    [[2, [Y], [shrunk], 1], /vectorInputs\[0\]/],
    [[2, [Y], [tracking], 1], /vectorInputs\[0\]/],
  ];
  for (const [args, message] of wrong) {
    const [samples, sampleInputs, vectorInputs, threads] = args as Parameters<typeof program.run>;
    const expected = { name: 'TypeError', code: 'ERR_ARGUMENT', message };
    t.throws(() => program.run(samples, sampleInputs, vectorInputs, threads), expected, 'before any work');
  }
  t.throws(() => program.run.call({} as never, 2, [Y], [theta], 1), TypeError, 'on another object');
});

t.test('an array detached by a later getter is refused', (t) => {
  const program = new native.Program(encodeRaw(dense()));
  const Y = new Float64Array(6);
  const vectors = Object.defineProperty([], 0, {
    get: () => {
      structuredClone(Y, { transfer: [Y.buffer] });
      return new Float64Array(8);
    },
  }) as Float64Array[];
  t.throws(() => program.run(2, [Y], vectors, 1).sync(), { code: 'ERR_ARGUMENT', message: /sampleInputs\[0\]/ });
  t.end();
});
