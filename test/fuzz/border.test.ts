/** @file All that the addon exports, called with arguments of every kind and in every order. */
import t from 'tap';
import { runArguments } from './support/arguments.js';
import { runObjective } from './support/objectives.js';
import { fuzz, isReplay } from './support/run.js';

t.test('every call is answered, or ends in an error with a code', async (t) => {
  const counts = await fuzz(t, { name: 'arguments', cases: 2000, run: runArguments });
  if (counts === null || isReplay) return;
  for (const outcome of ['answered', 'resolved', 'ERR_ARGUMENT', 'ERR_PROGRAM', 'ERR_DISPOSED', 'ERR_ABORTED']) {
    t.ok(counts.of(outcome) > 0, outcome);
  }
});

t.test('objectives and points in any order, and what is out of order is refused', async (t) => {
  const counts = await fuzz(t, { name: 'objectives', cases: 200, share: 0.1, run: runObjective });
  if (counts === null || isReplay) return;
  for (const outcome of ['succeeded', 'ERR_NONFINITE', 'ERR_DISPOSED', 'ERR_ABORTED', 'compared with js']) {
    t.ok(counts.of(outcome) > 0, outcome);
  }
});
