/**
 * Loaded before a program, `--import file:///…/faultyFiles.mjs?kill&renameSync&2`: ends the process at the second rename.
 * `fail` and `write` make a write find no space, `slow` and `fsync` make each flush take so many milliseconds more and
 * tell standard error of the first.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [action, name, number] = new URL(import.meta.url).search.slice(1).split('&');
const original = fs[name];
let calls = 0;

const faults = {
  kill: (...args) => {
    if (++calls === Number(number)) process.kill(process.pid, 'SIGKILL');
    return original(...args);
  },
  fail: (...args) => {
    if (++calls !== Number(number)) return original(...args);
    const error = new Error(`ENOSPC: no space left on device, ${name}`);
    return args.at(-1)(Object.assign(error, { code: 'ENOSPC', syscall: name }));
  },
  slow: (...args) => {
    if (++calls === 1) fs.writeSync(2, `${name}\n`);
    setTimeout(() => original(...args), Number(number));
  },
};
fs[name] = faults[action];
syncBuiltinESMExports();
