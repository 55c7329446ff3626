/**
 * @file The corpus of programs as a folder of files, as libFuzzer has it: `tsx test/fuzz/programCorpus.ts unpack|pack
 * FOLDER`. Unpacked, it has some random sound programs beside.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from '../../lib/program/encode.js';
import { Choice } from './support/choice.js';
import { readCorpus, writeCorpus } from './support/corpus.js';
import { randomInterface, randomProgram } from './support/generate.js';
import { programBytes } from './support/programBytes.js';

const [action, folder] = process.argv.slice(2);

if (action === 'pack') {
  writeCorpus(
    'program',
    readdirSync(folder).map((name) => readFileSync(join(folder, name))),
  );
} else {
  const sound = Array.from({ length: 200 }, (_, number) => {
    const choice = new Choice(1, number);
    const program = randomProgram(choice, randomInterface(choice), choice.integer(1, 10));
    return programBytes(encode(program), choice.integer(0, 40));
  });
  for (const [i, input] of [...readCorpus('program'), ...sound].entries())
    writeFileSync(join(folder, String(i)), input);
}
