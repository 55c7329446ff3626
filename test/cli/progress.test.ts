/** @file The bar: what it shows, and how much of the limits is used. */
import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import t from 'tap';
import { duration } from '../../lib/cli/numbers.js';
import { bar, generationBar } from '../../lib/cli/progress.js';
import type { IterationRecord } from '../../lib/index.js';
import { stopRules } from '../../lib/options/stop.js';

/** A terminal that remembers what it was sent. */
class Terminal extends Writable {
  readonly isTTY: boolean = true;
  columns = 200;
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void) {
    this.text += chunk.toString();
    done();
  }
}

function record(changes: Partial<IterationRecord>): IterationRecord {
  return {
    iteration: 0,
    run: 1,
    level: 1,
    method: 'gnvpro',
    epoch: null,
    batch: null,
    samples: 100,
    objective: 0.0123456,
    loss: 0.01,
    regularizationTheta: 0,
    regularizationW: 0,
    gradientNorm: 1,
    stepNorm: 1,
    accepted: true,
    radius: 1,
    ratio: 1,
    krylovVectors: 0,
    workUnits: 2,
    seconds: 1,
    validation: null,
    inner: null,
    evidence: null,
    ...changes,
  };
}

/** The last line that a bar shows after these records. */
async function shown(levels: number, stop: object, ...records: IterationRecord[]): Promise<string> {
  return shownOf({ levels, runs: 1 }, stop, ...records);
}

async function shownOf(
  { levels, runs }: { levels: number; runs: number },
  stop: object,
  ...records: IterationRecord[]
): Promise<string> {
  const terminal = new Terminal();
  const progress = bar({ rules: stopRules(stop), levels, runs }, terminal as unknown as NodeJS.WritableStream);
  for (const one of records) progress.record(one);
  await new Promise((resolve) => setTimeout(resolve, 300)); // it draws eight times a second
  const { text } = terminal;
  progress.end();
  return text;
}

t.jobs = 6;

t.test('objective, work units and the time that is left', async (t) => {
  const text = await shown(1, { workUnits: 8 }, record({}));
  t.match(text, /≤ 3\.0 s left {2}█{5}░{15} {2}iteration 0 {2}objective 1\.235e-2 {2}2 work units {2}1\.0 s/);
  t.notMatch(text, /validation|level/);
});

t.test('the best validation metric, and patience', async (t) => {
  const start = record({ validation: 0.5 });
  const worse = [1, 2].map((iteration) => record({ iteration, validation: 0.6, seconds: 2 }));
  const text = await shown(1, { patience: 4 }, start, ...worse, record({ iteration: 3, accepted: false, seconds: 2 }));
  t.match(text, /≤ 2\.0 s left .* iteration 3 .* validation 0\.500 .* 2\.0 s/);
});

t.test('where a training by batches is', async (t) => {
  t.match(await shown(1, { workUnits: 8 }, record({ epoch: 2, batch: 3 })), / {2}epoch 2, batch 3 {2}iteration 0 /);
});

t.test('levels share the bar', async (t) => {
  const first = record({ workUnits: 100, iteration: 9 });
  const text = await shown(
    2,
    { workUnits: 100 },
    first,
    record({ level: 2, iteration: 10, workUnits: 150, seconds: 3 }),
  );
  t.match(text, /≤ 1\.0 s left .* level 2\/2 {2}iteration 10 .* 3\.0 s/);
});

t.test('seconds are of the whole training', async (t) => {
  t.match(await shown(2, { seconds: 4 }, record({ seconds: 3 })), /≤ 1\.0 s left/);
});

t.test(
  'it fits the terminal, whatever its width, and when that changes; the time that is left comes first',
  async (t) => {
    const terminal = new Terminal();
    const limits = { rules: stopRules({ iterations: 4000, workUnits: 49380 }), levels: 3, runs: 2 };
    const progress = bar(limits, terminal as unknown as NodeJS.WritableStream);
    progress.record(record({ iteration: 1000, validation: 0.002, workUnits: 12345 }));
    for (const columns of [200, 80, 40, 20, 8, 120]) {
      terminal.text = '';
      terminal.columns = columns;
      await new Promise((resolve) => setTimeout(resolve, 300));
      const drawn = stripVTControlCharacters(terminal.text);
      t.ok(drawn.length > 0 && drawn.length < columns, `${drawn.length} of ${columns} columns`);
      t.ok(drawn.startsWith('≤ 23 s left'.slice(0, columns - 1)), drawn);
      t.equal(/[█░]{5}/.test(drawn), columns >= 20, 'a bar where there is room');
      t.equal(/0\.00200 {2}12345 work units {2}1\.0 s$/.test(drawn), columns >= 200, 'everything where there is room');
    }
    progress.end();
  },
);

t.test('durations', async (t) => {
  t.strictSame([0.04, 9.9, 60, 100, 5999, 7200].map(duration), ['0.0 s', '9.9 s', '60 s', '2 min', '100 min', '2.0 h']);
});

t.test('several runs: each is a share, and counts afresh', async (t) => {
  const records = [
    record({ iteration: 0, workUnits: 2 }),
    record({ iteration: 10, workUnits: 100 }),
    record({ iteration: 11, run: 2, workUnits: 102 }),
    record({ iteration: 16, run: 2, workUnits: 150, seconds: 3 }),
  ];
  const text = await shownOf({ levels: 1, runs: 2 }, { iterations: 10 }, ...records);
  t.match(text, /run 2 {2}iteration 16/);
  t.match(text, /≤ 1\.0 s left/, 'three quarters of it are used');
});

t.test('a bar for data that are generated', async (t) => {
  const terminal = new Terminal();
  const generation = generationBar(terminal as unknown as NodeJS.WriteStream);
  generation.show(0.25);
  generation.show(0.5);
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.match(terminal.text, /generating data, 50 %/);
  generation.end();
  const piped = new Terminal();
  const silent = generationBar(Object.assign(piped, { isTTY: false }) as unknown as NodeJS.WriteStream);
  silent.show(0.5);
  silent.end();
  t.equal(piped.text, '');
});
