/** The README's command for a clone: sets up, then runs examples/quickstart.mjs. */
import { run, setup } from './setup.mjs';

setup();
run(process.execPath, ['examples/quickstart.mjs']);
