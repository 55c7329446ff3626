/** @file `gnvpro build` where it cannot build. What it builds is tried by `npm run installed -- build`. */
import t from 'tap';
import { gnvpro } from '../support/cli.js';

t.test('says what is missing and how each package manager calls it', async (t) => {
  t.intercept(process, 'env', { value: { ...process.env, PATH: t.testdir() } });
  const { code, stderr } = await gnvpro(t, 'build');
  t.equal(code, 1);
  t.match(stderr, /^Error: Missing on this system: compiler, make, cmake.*\. Install them with one of:$/m);
  t.match(stderr, /^ {2}(sudo )?apt-get install -y g\+\+ make cmake/m);
  t.match(stderr, /^ {2}brew install gcc make cmake/m);
});
