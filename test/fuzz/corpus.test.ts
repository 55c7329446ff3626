/** @file What guided fuzzing kept (`npm run fuzz:guided`), again: under the sanitizers, too, in `npm run test:full`. */
import t from 'tap';
import { loadNative, type NativeProgram } from '../../lib/binding.js';
import type { GnvproError } from '../../lib/errors.js';
import { readCorpus } from './support/corpus.js';
import { programOf } from './support/programBytes.js';
import { readers } from './support/readers.js';
import { cost, decodeRaw } from './support/words.js';

const native = loadNative();

for (const [name, { read }] of Object.entries(readers)) {
  t.test(`${name}: a result, or an error with the right code`, async (t) => {
    const inputs = readCorpus(name);
    const outcomes = new Set<string>();
    for (const input of inputs) {
      const told = input.toString('hex').slice(0, 80);
      await t.resolves(
        read(input.subarray(1), input[0], t.testdir()).then((code) => outcomes.add(code)),
        told,
      );
    }
    t.ok(outcomes.has('accepted') && outcomes.size > 1, `${inputs.length} inputs: ${[...outcomes].join(', ')}`);
  });
}

t.test('programs: refused, or run within their arrays', async (t) => {
  const inputs = readCorpus('program');
  const outcomes = { refused: 0, 'too large': 0, run: 0 };
  for (const input of inputs) outcomes[runProgram(input)]++;
  t.ok(outcomes.refused > 0 && outcomes.run > 0, `${inputs.length} programs: ${JSON.stringify(outcomes)}`);
});

/** As native/fuzz/program.cc does. */
function runProgram(input: Buffer): 'refused' | 'too large' | 'run' {
  const { samples, ...encoded } = programOf(input);
  let program: NativeProgram;
  try {
    program = new native.Program(encoded);
  } catch (error) {
    if ((error as GnvproError).code === 'ERR_PROGRAM') return 'refused';
    throw error;
  }
  const raw = decodeRaw(encoded);
  const { perSample, fixed } = cost(raw);
  if (fixed + (samples + 1) * perSample > 2 ** 20) return 'too large';
  const filled = (length: number) => Float64Array.from({ length }, (_, i) => 0.5 * (i % 7) - 1);
  const sampleInputs = raw.sampleInputs.map((cols) => filled(samples * cols));
  program.run(samples, sampleInputs, raw.vectorInputs.map(filled), 1).sync();
  return 'run';
}
