/**
 * @file Guided fuzzing of a reader: `tsx test/fuzz/guided.ts NAME SECONDS SEED [--keep]`, as `npm run fuzz:guided` calls
 * it. Inputs that reach new code, by V8's own counts, are damaged further. With --keep, the fewest small ones that
 * reach all of it become the corpus. What is found is printed in base64, and ends it with 1.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Choice } from './support/choice.js';
import { readCorpus, writeCorpus } from './support/corpus.js';
import { damage, damageJson } from './support/damage.js';
import { partsOfContainer, readers } from './support/readers.js';
import { watch } from './support/run.js';

const [name, seconds, seed] = process.argv.slice(2);
const longest = 2 ** 13;
const { seeds, read } = readers[name as keyof typeof readers];
const folder = mkdtempSync(join(tmpdir(), 'gnvpro-guided-'));

interface Kept {
  readonly input: Buffer;
  readonly reached: ReadonlySet<string>;
}

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** Pieces of lib that have run since the last call, each with the magnitude of how often. */
function coverage(): Set<string> {
  const reached = new Set<string>();
  session.post('Profiler.takePreciseCoverage', (error, taken) => {
    if (error !== null) throw error;
    for (const { url, functions } of taken.result) {
      const at = url.indexOf('/lib/');
      if (at === -1 || url.includes('node_modules')) continue;
      for (const { startOffset, endOffset, count } of functions.flatMap(({ ranges }) => ranges))
        if (count > 0) reached.add(`${url.slice(at)}:${startOffset}-${endOffset}:${Math.floor(Math.log2(count))}`);
    }
  });
  return reached;
}

const seen = new Set<string>();
const kept: Kept[] = [];
const outcomes = new Map<string, number>();

/** Whether it reached anything new. */
async function attempt(input: Buffer): Promise<void> {
  let outcome: string;
  coverage();
  try {
    outcome = await read(input.subarray(1), input[0], folder);
  } catch (error) {
    console.error(`Found in ${name}: ${input.toString('base64')}\n${inspect(error)}`);
    process.exitCode = 1;
    outcome = 'found';
  }
  const reached = coverage();
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  if ([...reached].every((piece) => seen.has(piece))) return;
  for (const piece of reached) seen.add(piece);
  kept.push({ input, reached });
}

function mutated(choice: Choice): Buffer {
  // Those that came last lead further.
  const index = choice.chance(0.5)
    ? choice.integer(0, kept.length - 1)
    : Math.max(0, kept.length - choice.integer(1, 20));
  const { input } = kept[index];
  const option = choice.chance(0.2) ? choice.integer(0, 255) : input[0];
  const file = input.subarray(1);
  const changed =
    (['model', 'checkpoint'].includes(name) && choice.chance(0.7) ? withOtherHeader(choice, file) : null) ??
    damage(choice, file);
  return Buffer.concat([Buffer.of(option), changed.subarray(0, longest)]);
}

/** Null where the header is no JSON. */
function withOtherHeader(choice: Choice, file: Buffer): Buffer | null {
  const parts = partsOfContainer(file);
  if (parts === null) return null;
  try {
    const text = damageJson(choice, parts.header);
    const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
    const preamble = Buffer.from(parts.preamble);
    preamble.writeUInt32LE(header.length, 12);
    return Buffer.concat([preamble, header, parts.rest]);
  } catch {
    return null;
  }
}

/** The smallest first; each has to reach what none before it did. */
function fewest(): Buffer[] {
  const reached = new Set<string>();
  const bySize = [...kept].sort((a, b) => a.input.length - b.input.length);
  // Ranges without their magnitudes: a corpus has to be small.
  const placesOf = (one: Kept) => [...one.reached].map((piece) => piece.slice(0, piece.lastIndexOf(':')));
  return bySize
    .filter((one) => {
      const isNew = placesOf(one).some((place) => !reached.has(place));
      for (const place of placesOf(one)) reached.add(place);
      return isNew;
    })
    .map(({ input }) => input);
}

const watchdog = watch();
const end = performance.now() + 1000 * Number(seconds);
for (const input of readCorpus(name)) await attempt(input);
for (const file of seeds) await attempt(Buffer.concat([Buffer.of(2), file]));
const start = seen.size;
let number = 0;
while (performance.now() < end) {
  watchdog.at(number);
  await attempt(mutated(new Choice(Number(seed), number++)));
}
watchdog.end();
session.disconnect();
rmSync(folder, { recursive: true });
console.log(
  `${name}: ${number} inputs in ${seconds} s (seed ${seed}), ${kept.length} kept, ${start} → ${seen.size} pieces`,
);
console.log(`  ${[...outcomes].map(([outcome, count]) => `${count} ${outcome}`).join(', ')}`);
if (process.argv.includes('--keep') && process.exitCode !== 1) writeCorpus(name, fewest());
