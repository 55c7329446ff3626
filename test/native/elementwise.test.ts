/** @file The vectorised elementwise kernels: accuracy over the whole range, limits, and bits that no neighbour changes. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { nativeBackend } from '../../lib/backend/native.js';
import { loadNative } from '../../lib/binding.js';
import { ProgramBuilder } from '../../lib/program/builder.js';
import { functionOf, type UnaryKind, unaryKinds } from '../../lib/program/functions.js';
import { Random } from '../../lib/random.js';
import { arrayOf, decode, fixture } from '../support/fixtures.js';

/** Largest errors in units in the last place: those that native/kernels/elementwise.h promises. */
const functions = [
  { name: 'tanh', kind: 'tanh', result: 'value', bound: 2.6 },
  { name: 'sigmoid', kind: 'sigmoid', result: 'value', bound: 2.5 },
  { name: 'softplus', kind: 'softplus', result: 'value', bound: 2.5 },
  { name: 'sine', kind: 'sine', result: 'value', bound: 2.5 },
  { name: 'exp', kind: 'exp', result: 'value', bound: 1.5 },
  { name: 'sigmoid', kind: 'softplus', result: 'derivative', bound: 2.5 },
  { name: 'cosine', kind: 'sine', result: 'derivative', bound: 2.6 },
] as const;

const eta = 0.1;
const reference = fixture('elementwise');

type Evaluate = (kind: UnaryKind, x: Float64Array) => { value: Float64Array; derivative: Float64Array };
const evaluate: Evaluate = (kind, x) => loadNative().elementwise(unaryKinds.indexOf(kind), eta, x);

/** The distance of neighbouring doubles at x. */
function ulp(x: number): number {
  const exponent = Math.max(-1022, Math.floor(Math.log2(Math.abs(x))));
  const power = 2 ** (Math.abs(x) < 2 ** exponent ? exponent - 1 : exponent); // log2 may have been rounded up
  return Math.max(Number.MIN_VALUE, power * Number.EPSILON);
}

/** The largest |actual − (high + low)| in units in the last place of `high`, and where it is. */
function worst(x: Float64Array, actual: Float64Array, high: Float64Array, low?: Float64Array) {
  let error = 0;
  let at = Number.NaN;
  for (let i = 0; i < x.length; i++) {
    if (low === undefined && actual[i] === high[i]) continue; // both infinite
    const e = Math.abs(actual[i] - high[i] - (low?.[i] ?? 0)) / ulp(high[i]);
    if (e <= error) continue; // so NaN is the worst
    [error, at] = [e, x[i]];
  }
  return { error, at };
}

function checkAgainstReference(t: Test, evaluate: Evaluate): void {
  for (const { name, kind, result, bound } of functions) {
    const [x, high, low] = ['x', 'high', 'low'].map((part) => arrayOf(reference, `${name}/${part}`));
    const { error, at } = worst(x, evaluate(kind, x)[result], high, low);
    t.ok(error <= bound, `${name}, the ${result} of ${kind}: ${error.toFixed(3)} ulp at ${at}, allowed ${bound}`);
  }
}

const special = [
  0,
  -0,
  Number.NaN,
  Infinity,
  -Infinity,
  Number.MIN_VALUE,
  -1e-310,
  1e308,
  -1e9,
  2 ** 24,
  -745,
  eta,
  -eta,
];

/** Any bits, the range in which activations live, and the tails. */
function randomArguments(count: number): Float64Array {
  const random = new Random(3);
  const bits = new Uint32Array(2);
  const ofBits = () => {
    do bits.set([random.uint32(), random.uint32()]);
    while (!Number.isFinite(new Float64Array(bits.buffer)[0]));
    return new Float64Array(bits.buffer)[0];
  };
  const draws = [
    ofBits,
    () => random.uniform(-1, 1) * 2 ** random.uniform(-60, 24),
    () => random.uniform(-2, 2),
    () => random.uniform(-30, 30),
    () => random.uniform(-760, 760),
  ];
  return Float64Array.from({ length: count }, (_, i) => draws[i % draws.length]());
}

/** Equal bits, NaN equal to NaN. */
function equal(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.prototype.every.call(a, (x, i) => Object.is(x, b[i]));
}

/** Outputs a + row and a ∘ row of samples a. */
function rowProgram(cols: number) {
  const b = new ProgramBuilder('rows');
  const a = b.sampleInput(b.declareSamples('a', cols));
  const row = b.vectorInput(b.declareVector('row', cols), 0, 1, cols);
  b.declareSampleOutput('sum', b.addRow(a, row));
  b.declareSampleOutput('product', b.mulRow(a, row));
  return b.build();
}

/** The kernels of one instruction set (or the best one, where the machine lacks it): it is chosen once a process. */
function evaluateWith(simd: string): { simd: string; evaluate: Evaluate } {
  const arguments_ = functions.map(({ name, kind }) => [kind, arrayOf(reference, `${name}/x`)] as const);
  const input = arguments_.map(([kind, x]) => [unaryKinds.indexOf(kind), encode(x)]);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const output = execFileSync(process.execPath, ['-e', childScript, root], {
    input: JSON.stringify(input),
    env: { ...process.env, GNVPRO_SIMD: simd },
    encoding: 'utf8',
    maxBuffer: 2 ** 24,
  });
  const child = JSON.parse(output) as { simd: string; results: { value: string; derivative: string }[] };
  const evaluate: Evaluate = (kind, x) => {
    const { value, derivative } = child.results[arguments_.findIndex(([k, y]) => k === kind && y === x)];
    return { value: decode(value), derivative: decode(derivative) };
  };
  return { simd: child.simd, evaluate };
}

const encode = (x: Float64Array) => Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString('base64');

const childScript = `
  const native = require('node-gyp-build')(process.argv[1]);
  const decode = (text) => new Float64Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
  const encode = (x) => Buffer.from(x.buffer).toString('base64');
  const results = JSON.parse(require('node:fs').readFileSync(0, 'utf8')).map(([kind, x]) => {
    const { value, derivative } = native.elementwise(kind, ${eta}, decode(x));
    return { value: encode(value), derivative: encode(derivative) };
  });
  console.log(JSON.stringify({ simd: native.info().simd, results }));
`;

t.test('hard arguments against 700 digits', async (t) => checkAgainstReference(t, evaluate));

t.test('random arguments against Math, which is not exact either', async (t) => {
  const sigmoid = (x: number) => functionOf('softplus').derivative(x, 0, 0);
  const functionsOfMath: Record<string, (x: number) => number> = {
    tanh: Math.tanh,
    sigmoid,
    softplus: (x) => functionOf('softplus').value(x, 0),
    sine: Math.sin,
    cosine: Math.cos,
    exp: Math.exp,
  };
  const x = randomArguments(100_000);
  for (const { name, kind, result, bound } of functions) {
    const { error, at } = worst(x, evaluate(kind, x)[result], x.map(functionsOfMath[name]));
    t.ok(error <= bound + 1, `${name}, the ${result} of ${kind}: ${error.toFixed(2)} ulp at ${at}`);
  }
});

t.test('arithmetic kinds and derivatives give the bits of the formulas', async (t) => {
  const x = Float64Array.of(...special, ...randomArguments(2000));
  for (const kind of ['relu', 'smoothRelu', 'inverseSqrt'] as const) {
    t.same(
      evaluate(kind, x).value,
      x.map((x) => functionOf(kind).value(x, eta)),
      `value of ${kind}`,
    );
  }
  for (const kind of ['tanh', 'sigmoid', 'relu', 'smoothRelu', 'inverseSqrt'] as const) {
    const { value, derivative } = evaluate(kind, x);
    t.same(
      derivative,
      x.map((x, i) => functionOf(kind).derivative(x, value[i], eta)),
      `derivative of ${kind}`,
    );
  }
});

t.test('limits', async (t) => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  const limits: Record<UnaryKind, { value: number[]; derivative: number[] }> = {
    tanh: { value: [nan, -1, 1, -0, 0], derivative: [nan, 0, 0, 1, 1] },
    sigmoid: { value: [nan, 0, 1, 0.5, 0.5], derivative: [nan, 0, 0, 0.25, 0.25] },
    relu: { value: [nan, 0, inf, -0, 0], derivative: [nan, 0, 1, 1, 1] },
    smoothRelu: { value: [nan, 0, inf, eta / 4, eta / 4], derivative: [nan, 0, 1, 0.5, 0.5] },
    softplus: { value: [nan, 0, inf, Math.LN2, Math.LN2], derivative: [nan, 0, 1, 0.5, 0.5] },
    sine: { value: [nan, nan, nan, -0, 0], derivative: [nan, nan, nan, 1, 1] },
    exp: { value: [nan, 0, inf, 1, 1], derivative: [nan, 0, inf, 1, 1] },
    inverseSqrt: { value: [nan, nan, 0, -inf, inf], derivative: [nan, nan, -0, inf, -inf] },
  };
  for (const kind of unaryKinds) {
    const { value, derivative } = evaluate(kind, Float64Array.of(nan, -inf, inf, -0, 0));
    t.ok(equal(value, limits[kind].value), `values of ${kind} at NaN, −∞, ∞, −0, 0: ${value}`);
    t.ok(equal(derivative, limits[kind].derivative), `derivatives of ${kind} there: ${derivative}`);
  }
});

t.test('tails keep their digits until they underflow', async (t) => {
  const x = Float64Array.of(-700, -740, -745, -800);
  const expected = [...x].map(Math.exp);
  t.ok(equal(evaluate('softplus', x).value, evaluate('sigmoid', x).value), 'softplus and sigmoid are eˣ');
  t.ok(worst(x, evaluate('sigmoid', x).value, Float64Array.from(expected)).error <= 1, 'subnormal values included');
  t.ok(equal(evaluate('softplus', Float64Array.of(40, 800)).value, [40, 800]), 'softplus is x for large x');
  t.ok(
    evaluate('tanh', randomArguments(20_000)).value.every((y) => Math.abs(y) <= 1),
    '|tanh| never exceeds 1',
  );
});

t.test('bits depend on the element only', async (t) => {
  const x = Float64Array.of(...special, ...randomArguments(60 - special.length));
  for (const kind of unaryKinds) {
    const alone = [...x].map((x) => evaluate(kind, Float64Array.of(x)));
    const value = Float64Array.from(alone, (result) => result.value[0]);
    const derivative = Float64Array.from(alone, (result) => result.derivative[0]);
    let different = 0;
    for (let length = 1; length <= 33; length++) {
      for (let offset = 0; offset < 25; offset++) {
        const actual = evaluate(kind, x.subarray(offset, offset + length));
        if (!equal(actual.value, value.subarray(offset, offset + length))) different++;
        if (!equal(actual.derivative, derivative.subarray(offset, offset + length))) different++;
      }
    }
    t.equal(different, 0, `${kind}: lengths 1 to 33 at 25 offsets`);
  }
  t.same(
    evaluate('sine', new Float64Array()),
    { value: new Float64Array(), derivative: new Float64Array() },
    'length 0',
  );
});

t.test('a row repeated over matrices of every width', async (t) => {
  const random = new Random(7);
  const draw = (length: number) => Float64Array.from({ length }, () => random.uniform(-1, 1));
  const wrong: number[] = [];
  for (let cols = 1; cols <= 80; cols++) {
    const a = draw(13 * cols);
    const row = draw(cols);
    const { samples } = nativeBackend
      .prepare(rowProgram(cols))
      .run(13, { samples: [a], vectors: [row] })
      .sync();
    const sum = a.map((x, i) => x + row[i % cols]);
    const product = a.map((x, i) => x * row[i % cols]);
    if (!equal(samples[0], sum) || !equal(samples[1], product)) wrong.push(cols);
  }
  t.same(wrong, [], 'numbers of columns with a wrong sum or product');
});

t.test('every instruction set', async (t) => {
  const results = Object.fromEntries(['AVX3', 'AVX2', 'SSSE3', 'SCALAR'].map((name) => [name, evaluateWith(name)]));
  for (const [name, { simd, evaluate }] of Object.entries(results)) {
    if (simd === name) await t.test(name, async (t) => checkAgainstReference(t, evaluate));
    else t.comment(`${name} is missing on this machine: ${simd} was used`);
  }
  for (const [a, b] of [
    ['AVX3', 'AVX2'],
    ['SSSE3', 'SCALAR'],
  ]) {
    if (results[a].simd !== a || results[b].simd !== b) continue;
    for (const { name, kind, result } of functions) {
      const x = arrayOf(reference, `${name}/x`);
      const same = equal(results[a].evaluate(kind, x)[result], results[b].evaluate(kind, x)[result]);
      t.ok(same, `${a} and ${b} give the same bits for ${name}`);
    }
  }
});

t.test('misuse', async (t) => {
  const { elementwise } = loadNative();
  const call = elementwise as (...values: unknown[]) => unknown;
  const code = 'ERR_ARGUMENT';
  t.throws(() => call(unaryKinds.length, 0, new Float64Array(1)), { code });
  t.throws(() => call(-1, 0, new Float64Array(1)), { code });
  t.throws(() => call(0.5, 0, new Float64Array(1)), { code });
  t.throws(() => call(0, '0', new Float64Array(1)), { code });
  t.throws(() => call(0, 0, new Float32Array(1)), { code });
  t.throws(() => call(0, 0, [1]), { code });
  t.throws(() => call(), { code });
});
