/** Sets up, then runs bench/run.mjs. Arguments choose cases. */
import { run, setup } from './setup.mjs';

setup();
run(process.execPath, ['bench/run.mjs', ...process.argv.slice(2)]);
