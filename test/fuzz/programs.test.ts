/** @file Random programs, and programs that are none: refused, or run with the result of the `js` kernels. */
import t from 'tap';
import type { ProgramArrays } from '../../lib/backend/backend.js';
import { Interpreter } from '../../lib/backend/js/interpreter.js';
import { loadNative, type NativeProgram } from '../../lib/binding.js';
import type { GnvproError } from '../../lib/errors.js';
import { type EncodedProgram, encode } from '../../lib/program/encode.js';
import type { Program } from '../../lib/program/program.js';
import { fixed, samples } from '../../lib/program/shape.js';
import { sameBits } from '../native/support/rawProgram.js';
import { type BoundedArrays, boundedRun, mismatch } from './support/bounds.js';
import type { Choice } from './support/choice.js';
import { forwardInterface, randomInterface, randomProgram } from './support/generate.js';
import { mutated, rearranged } from './support/mutate.js';
import { type Counts, fuzz, isReplay } from './support/run.js';
import { cost, decodeRaw, meaning } from './support/words.js';

const native = loadNative();

function generate(choice: Choice): EncodedProgram {
  const shape = choice.chance(0.3) ? forwardInterface(choice) : randomInterface(choice);
  return encode(randomProgram(choice, shape, choice.integer(1, 14)));
}

async function run(choice: Choice, counts: Counts): Promise<void> {
  const encoded = generate(choice);
  const kind = choice.pick(['traced', 'traced', 'rearranged', 'mutated', 'mutated']);
  if (kind === 'traced') {
    counts.add('traced');
    await compare(choice, counts, encoded, new native.Program(encoded));
    return;
  }
  const changed = kind === 'rearranged' ? rearranged(choice, encoded) : mutated(choice, encoded, generate(choice));
  const program = load(changed);
  counts.add(`${kind}, ${program ? 'accepted' : 'refused'}`);
  if (program !== null) await compare(choice, counts, changed, program);
}

/** Null where it is refused as it should be. */
function load(encoded: EncodedProgram): NativeProgram | null {
  try {
    return new native.Program(encoded);
  } catch (error) {
    if ((error as GnvproError).code === 'ERR_PROGRAM') return null;
    throw error;
  }
}

const sampleCounts = [0, 1, 1, 2, 3, 7, 8, 9, 25, 63, 64, 65, 127, 128, 129, 200, 1023, 1024, 1025, 2049, 2200];

/** Whatever is accepted means what its words say. */
async function compare(choice: Choice, counts: Counts, encoded: EncodedProgram, program: NativeProgram): Promise<void> {
  const raw = decodeRaw(encoded);
  const { perSample, fixed } = cost(raw);
  const affordable = choice.chance(0.03) ? 1e6 : 2e4;
  if (perSample > affordable || fixed > 1e6) {
    counts.add('too large to run');
    return;
  }
  const N = Math.min(choice.pick(sampleCounts), Math.floor(affordable / perSample));
  const values = choice.chance(0.25) ? choice.wildReals.bind(choice) : choice.reals.bind(choice);
  const arrays: ProgramArrays = {
    samples: raw.sampleInputs.map((cols) => values(N * cols)),
    vectors: raw.vectorInputs.map((length) => values(length)),
  };
  const described = meaning(raw);
  const expected = boundedRun(described, N, arrays);
  const threads = choice.integer(1, 3);
  const results = await outcome(choice, program, N, arrays, threads);
  expectSame(results, expected, `${N} samples`);
  counts.add('compared with js');
  for (const { error } of [...expected.samples, ...expected.vectors]) {
    counts.add('numbers compared', error.length);
    counts.add('numbers that may be anything', error.filter((bound) => bound === Number.POSITIVE_INFINITY).length);
  }
  if (choice.chance(0.2)) {
    const again = program.run(N, arrays.samples, arrays.vectors, 4).sync();
    const same = sameBits(results.samples, again.samples) && sameBits(results.vectors, again.vectors);
    if (!same) throw new Error(`other bits on 4 threads than on ${threads}`);
  }
  if (choice.chance(0.1)) checkInterpreter(described, N, arrays, expected);
  if (isForward(described)) await comparePrediction(choice, counts, described, program, N, arrays);
}

/** The results of a run, whose arrays lie between others: neither may be written to. */
async function outcome(
  choice: Choice,
  program: NativeProgram,
  N: number,
  arrays: ProgramArrays,
  threads: number,
): Promise<ProgramArrays> {
  const margin = choice.integer(0, 3);
  const embedded = [...arrays.samples, ...arrays.vectors].map((array) => {
    const whole = new Float64Array(array.length + 2 * margin).fill(12345);
    whole.set(array, margin);
    return whole;
  });
  const before = embedded.map((whole) => whole.slice());
  const views = embedded.map((whole) => whole.subarray(margin, whole.length - margin));
  const inputs = [N, views.splice(0, arrays.samples.length), views, threads] as const;
  if (choice.chance(0.8)) {
    const results = program.run(...inputs).sync();
    if (!sameBits(embedded, before)) throw new Error('an input was written to');
    return results;
  }
  const pending = program.run(...inputs).async();
  // The job has copies of its own.
  for (const whole of embedded) {
    if (choice.chance(0.5)) whole.fill(Number.NaN);
    else structuredClone(whole, { transfer: [whole.buffer] });
  }
  return pending;
}

function expectSame(results: ProgramArrays, expected: BoundedArrays, where: string): void {
  for (const kind of ['samples', 'vectors'] as const) {
    if (results[kind].length !== expected[kind].length) throw new Error(`${results[kind].length} ${kind}`);
    results[kind].forEach((array, k) => {
      const what = mismatch(array, expected[kind][k]);
      if (what !== null) throw new Error(`${where}: output ${k} of ${kind}: ${what}`);
    });
  }
}

/** The interpreter keeps its arrays between runs; what it returns are the values of the kernels. */
function checkInterpreter(program: Program, N: number, arrays: ProgramArrays, expected: BoundedArrays): void {
  const interpreter = new Interpreter(program);
  interpreter.run(N, arrays);
  const results = interpreter.run(N, arrays);
  for (const kind of ['samples', 'vectors'] as const) {
    const same = sameBits(
      results[kind],
      expected[kind].map(({ data }) => data),
    );
    if (!same) throw new Error(`the interpreter gives other ${kind} than its kernels`);
  }
}

function isForward({ sampleInputs, vectorInputs, sampleOutputs, vectorOutputs }: Program): boolean {
  return [sampleInputs, vectorInputs, sampleOutputs].every(({ length }) => length === 1) && vectorOutputs.length === 0;
}

/** predict() is the program, then one more layer. */
async function comparePrediction(
  choice: Choice,
  counts: Counts,
  program: Program,
  handle: NativeProgram,
  N: number,
  { samples: [inputs], vectors: [theta] }: ProgramArrays,
): Promise<void> {
  const [targets, bias] = [choice.integer(1, 3), choice.chance(0.5)];
  const features = program.sampleOutputs[0].cols;
  const W = choice.reals(targets * (features + (bias ? 1 : 0)));
  const extended = withLastLayer(program, targets, bias);
  const expected = boundedRun(extended, N, { samples: [inputs], vectors: [theta, W] });
  const call = [handle, theta, W, targets, bias, inputs, N, choice.integer(1, 3)] as const;
  const result = choice.chance(0.5) ? native.predict(...call).sync() : await native.predict(...call).async();
  const what = mismatch(result, expected.samples[0]);
  if (what !== null) throw new Error(`${N} samples: prediction: ${what}`);
  counts.add('predictions compared with js');
}

/** S = Z̃ Wᵀ in the place of Z; W is t × m, the biases its last column. */
function withLastLayer(program: Program, targets: number, bias: boolean): Program {
  const count = program.instructions.length;
  const features = program.sampleOutputs[0].cols;
  const m = features + (bias ? 1 : 0);
  const matrix = Int32Array.from(
    { length: targets * features },
    (_, i) => Math.floor(i / features) * m + (i % features),
  );
  const biases = Int32Array.from({ length: targets }, (_, j) => (bias ? j * m + features : -1));
  const gather = (indices: Int32Array, rows: number, cols: number) =>
    ({ op: 'gather', operands: [count], attributes: { indices }, shape: fixed(rows, cols) }) as const;
  return {
    ...program,
    vectorInputs: [...program.vectorInputs, { name: 'W', length: targets * m }],
    sampleOutputs: [{ name: 'S', cols: targets }],
    instructions: [
      ...program.instructions,
      { op: 'vectorInput', operands: [], attributes: { vector: 1, offset: 0 }, shape: fixed(targets, m) },
      gather(matrix, targets, features),
      gather(biases, 1, targets),
      {
        op: 'matmul',
        operands: [program.outputs[0].value, count + 1],
        attributes: { ta: false, tb: true },
        shape: samples(targets),
      },
      { op: 'addRow', operands: [count + 3, count + 2], attributes: {}, shape: samples(targets) },
    ],
    outputs: [{ kind: 'samples', index: 0, value: count + 4 }],
  };
}

t.test('programs are refused or run as js runs them', async (t) => {
  const counts = await fuzz(t, { name: 'programs', cases: 1200, run });
  if (counts === null || isReplay) return;
  const share = (outcome: string, of: string) => counts.of(outcome) / counts.of(of);
  t.ok(share('compared with js', 'traced') > 1, 'the programs run');
  t.ok(share('rearranged, accepted', 'rearranged, refused') > 0.2, 'many another arrangement is legal');
  t.ok(counts.of('mutated, accepted') > 0 && counts.of('mutated, refused') > 0, 'some mutations are legal');
});
