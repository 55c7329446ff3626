/**
 * Test files in one process, one after the other. Each is a test of its own, may take as long as in a process of its
 * own, and has folders of its own.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { root } from './setup.mjs';

const limit = Number(process.env.TAP_TIMEOUT) * 1000;
const test = t.test.bind(t);
t.testdirName = join(root, '.tap/fixtures/room');

for (const file of process.argv.slice(2)) {
  test(file, async (own) => {
    t.setTimeout(limit);
    t.testdirName = own.testdirName;
    // What the file takes for the whole is this test.
    for (const method of ['test', 'before', 'teardown']) t[method] = own[method].bind(own);
    await import(pathToFileURL(join(root, file)));
  });
}
