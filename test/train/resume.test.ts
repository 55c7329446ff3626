/** @file A training is plain arrays between two iterations: taken out and put into another process, it ends in the same bits. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Checkpoint } from '../../lib/train/schedule/schedule.js';
import { fromText, toText } from '../support/plain.js';
import { type End, type Left, runToEnd, trainings, watched } from './resumed.js';

t.setTimeout(180_000); // trainings in two processes, beside other tests

/** Each training at each of its places: where it was left, and the end of the one that went on from there. */
function leave(backend: 'js' | 'native'): { readonly left: Left; readonly at: number; readonly end: End }[] {
  return Object.entries(trainings).flatMap(([name, { given, places }]) => {
    const left: Checkpoint[] = [];
    const end = runToEnd(
      { ...given, backend },
      watched((checkpoint) => left.push(fromText(toText(checkpoint())) as Checkpoint)),
    );
    return places.map((at) => {
      if (left[at] === undefined) throw new Error(`${name} has only ${left.length} places.`);
      return { left: { backend, name, from: left[at] }, at, end };
    });
  });
}

for (const backend of ['js', 'native'] as const) {
  t.test(backend, async (t) => {
    const cases = leave(backend);
    const folder = t.testdir();
    const [from, to] = [join(folder, 'left.json'), join(folder, 'ends.json')];
    writeFileSync(from, toText(cases.map(({ left }) => left)));
    execFileSync(process.execPath, ['--import', 'tsx', 'test/train/resumed.ts', from, to], { stdio: 'inherit' });
    const ends = fromText(readFileSync(to, 'utf8')) as End[];
    for (const [k, { left, at, end }] of cases.entries()) {
      t.strictSame(ends[k], end, `${left.name}, left at place ${at}`);
    }
    for (const [name, { given, hasHistory }] of Object.entries(trainings)) {
      if (hasHistory) continue;
      const alone = runToEnd({ ...given, backend }, {});
      for (const { end } of cases.filter(({ left }) => left.name === name)) {
        t.strictSame(end, alone, `${name}: as if nobody had looked`);
      }
    }
  });
}
