/** @file Whether this program was started so that it survives a hang-up, by nohup or its like. */
import { fstatSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * Found out at the start, from traces: Node sets SIGHUP back to its default before any of our code runs, so that the
 * process itself does not show any more what it inherited.
 */
export const hangupIgnored = [startedByNohup, stdinIsOfNohup, parentIgnores].some((trace) => {
  try {
    return trace();
  } catch {
    return false;
  }
});

/** The shells bash, zsh and ksh name the program that they start, and nohup passes it on. */
function startedByNohup(): boolean {
  return basename(process.env._ ?? '') === 'nohup';
}

/** GNU nohup puts /dev/null, open for writing only, in the place of a terminal. Reading it takes nothing from anybody. */
function stdinIsOfNohup(): boolean {
  if (fstatSync(0).rdev !== statSync('/dev/null').rdev || !fstatSync(0).isCharacterDevice()) return false;
  try {
    readSync(0, new Uint8Array(1));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EBADF';
  }
}

/** Whether the parent ignores it: after `trap '' HUP` in a shell script, or where nohup began that. Linux shows it. */
function parentIgnores(): boolean {
  const [, mask = '0'] = /^SigIgn:\s*([\da-f]+)$/m.exec(readFileSync(`/proc/${process.ppid}/status`, 'utf8')) ?? [];
  return (BigInt(`0x${mask}`) & 1n) === 1n; // bit 0: signal 1, SIGHUP
}
