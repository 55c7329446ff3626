/** @file Readers of options ask for each other: in whatever order they are asked, and each reads once. */
import t from 'tap';
import { defineLayer } from '../../lib/index.js';
import { Reading } from '../../lib/options/option.js';
import { options, readOptions } from '../../lib/options/options.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { options as problem } from '../train/problem.js';

let resolved = 0;
const counted = defineLayer({
  name: 'testCountsItsResolutions',
  parameters: (n) => {
    resolved++;
    return { A: { shape: [n, n] } };
  },
  apply: (b, x, { A }) => b.matmul(x, A),
});

const given: TrainOptions = problem({
  network: counted(),
  optimizer: 'auto',
  regularization: 'auto',
  validation: 0.25,
  labelSmoothing: 0,
  refit: true,
  seed: 3,
});

t.test('the order in which options are read does not matter', async (t) => {
  const reading = new Reading(given);
  const parts = options.toReversed().map((option) => reading.of<object>(option));
  t.strictSame(JSON.stringify(sorted(Object.assign({}, ...parts))), JSON.stringify(sorted(readOptions(given))));
});

t.test('the network is resolved once', async (t) => {
  resolved = 0;
  readOptions(given);
  t.equal(resolved, 1);
});

function sorted(task: object): object {
  return Object.fromEntries(Object.entries(task).sort(([a], [b]) => (a < b ? -1 : 1)));
}
