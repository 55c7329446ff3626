/** @file All that the addon exports, called with arguments of every kind and in every order. */
import t from 'tap';
import { runArguments } from './support/arguments.js';
import { fuzz, isReplay } from './support/run.js';
import { runSession } from './support/sessions.js';

t.test('every call is answered, or ends in an error with a code', async (t) => {
  const counts = await fuzz(t, { name: 'arguments', cases: 2000, run: runArguments });
  if (counts === null || isReplay) return;
  for (const outcome of [
    'answered',
    'resolved',
    'ERR_ARGUMENT',
    'ERR_PROGRAM',
    'ERR_STATE',
    'ERR_DISPOSED',
    'ERR_ABORTED',
  ]) {
    t.ok(counts.of(outcome) > 0, outcome);
  }
});

t.test('sessions keep their order, and what is out of order is refused', async (t) => {
  const counts = await fuzz(t, { name: 'sessions', cases: 200, share: 0.1, run: runSession });
  if (counts === null || isReplay) return;
  for (const outcome of ['succeeded', 'ERR_STATE', 'ERR_DISPOSED', 'ERR_ABORTED', 'compared with js']) {
    t.ok(counts.of(outcome) > 0, outcome);
  }
});
