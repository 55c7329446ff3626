/** @file `gnvpro suggest`: what the function chooses, under the names of the columns. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Ensemble, Model, readMatrix, suggest } from '../../lib/index.js';
import { gnvpro } from '../support/cli.js';
import { randomMatrix, randomModel, uncertainParts } from '../support/models.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);
const model = new Model({ ...uncertainParts({ inputs: 2 }), names: { inputs: ['depth', 'angle'], targets: null } });
await model.save(at('model.gnvpro'));
const candidates = randomMatrix(30, 2);
const rows = Array.from({ length: 30 }, (_, n) => [...candidates.data.subarray(2 * n, 2 * n + 2)]);
writeFileSync(at('all.csv'), `note,angle,depth\n${rows.map(([depth, angle]) => `7,${angle},${depth}`).join('\n')}\n`);

const run = (...args: string[]) => gnvpro(t, 'suggest', ...args);

t.test('columns by the names of the model', async (t) => {
  const told = await run(at('model.gnvpro'), '--candidates', at('all.csv'), '--count', '4', '--out', at('next.csv'));
  t.equal(told.code, 0, told.stderr);
  t.equal(readFileSync(at('next.csv'), 'utf8').split('\n')[0], 'depth,angle');
  const expected = (await suggest(model, { candidates, count: 4 })).inputs;
  const { data, shape } = await readMatrix(at('next.csv'));
  t.strictSame([[...data], shape], [[...expected.data], [4, 2]]);
  const columns = ['--candidates.columns', 'depth,angle', '--out', at('next.npy')];
  t.equal((await run(at('model.gnvpro'), '--candidates', at('all.csv'), '--count', '4', ...columns)).code, 0);
  t.strictSame((await readMatrix(at('next.npy'))).data, expected.data);
});

t.test('what cannot be', async (t) => {
  const ensemble = new Ensemble([1, 2].map((seed) => randomModel({ seed, inputs: 2 })));
  await ensemble.save(at('ensemble.gnvpro'));
  await randomModel({ inputs: 2 }).save(at('plain.gnvpro'));
  const wrong: [string[], number, RegExp][] = [
    [
      [at('plain.gnvpro'), '--candidates', at('all.csv'), '--count', '1', '--candidates.columns', '1,2'],
      1,
      /posterior/,
    ],
    [[at('ensemble.gnvpro'), '--candidates', at('all.csv'), '--count', '1'], 1, /single model for suggest/],
    [[at('model.gnvpro'), '--candidates', at('all.csv'), '--count', '31'], 1, /between 1 and 30 for count/],
    [[at('model.gnvpro'), '--candidates', at('all.csv'), '--count', '0'], 1, /integer of at least 1/],
    [[at('model.gnvpro'), '--candidates', at('all.csv')], 1, /--count/],
    [[at('model.gnvpro'), '--count', '1'], 1, /--candidates/],
  ];
  for (const [args, code, message] of wrong) {
    const told = await run(...args, '--out', at('none.csv'));
    t.equal(told.code, code, told.stderr);
    t.match(told.stderr, message);
  }
});
