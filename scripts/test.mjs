/** The README's second command: sets up, then proves the mathematics. Arguments choose test files. */
import { globFiles } from './files.mjs';
import { setup } from './setup.mjs';
import { conclude, tap } from './tap.mjs';

setup();
const chosen = process.argv.slice(2);
const files =
  chosen.length > 0 ? chosen : globFiles('test', /\.test\.ts$/).filter((file) => !file.startsWith('test/full/'));
conclude(await tap(files));
