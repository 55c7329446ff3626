/** @file Processes and workers that are ended at 60 random moments of trainings. */
import t from 'tap';
import { root, runFile } from '../support/scripts.js';

t.test('every end is the one that was asked for, and comes soon', async (t) => {
  const { status, output } = await runFile(['scripts/exits.mjs', '60', '2'], { cwd: root, timeout: 170_000 });
  t.comment(output);
  t.equal(status, 0, output);
  t.match(output, /\n60 of 60 ends in \d+ processes \(seed 2\), 0 failed\n/);
});
