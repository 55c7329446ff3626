/** @file The API reference: made without a warning, so that every type in it can be looked up, and no link is broken. */
import t from 'tap';
import { root, runFile } from '../support/scripts.js';

t.test('npm run docs:api', async (t) => {
  const { status, output } = await runFile(['node_modules/typedoc/bin/typedoc', '--emit', 'none'], {
    cwd: root,
    timeout: 300_000,
  });
  t.equal(status, 0, output);
});
