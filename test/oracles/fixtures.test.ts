/** @file The committed reference values are those that the script derives from the reference folder, byte for byte. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));
const committed = join(root, 'test/fixtures/oracles');
const skip = !process.env.GNVPRO_ORACLE_DIR && 'GNVPRO_ORACLE_DIR is not set';

t.test('derived again', { skip }, async (t) => {
  const folder = t.testdir();
  execFileSync(process.execPath, [join(root, 'scripts/fixtures/oracles.mjs'), folder]);
  const names = readdirSync(folder).sort();
  t.same(readdirSync(committed).sort(), names, 'the same files');
  for (const name of names) {
    t.ok(readFileSync(join(folder, name)).equals(readFileSync(join(committed, name))), name);
  }
});
