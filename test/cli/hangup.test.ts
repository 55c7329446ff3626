/** @file Hang-ups: of a terminal that is closed, and where they are to be ignored, by nohup or its like. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import t from 'tap';
import { main, start } from '../support/cli.js';
import { endlessJob, resultNames, statusIn } from '../support/endlessJob.js';

const at = await endlessJob(t.testdir());

/** Resolves when a file has this text. */
async function has(file: string, text: string): Promise<void> {
  while (!existsSync(file) || !readFileSync(file, 'utf8').includes(text)) await pause(50);
}

const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    child.on('close', (code) => resolve(code));
  });

/** Shells, and scripts that start their arguments so that a hang-up is ignored, and write the process number to `pid`. */
const ways: readonly [shell: string, script: string][] = [
  ['bash', 'nohup "$@" & echo $! > pid; wait'],
  ['sh', 'trap "" HUP; "$@" & echo $! > pid; wait'],
  ['sh', 'nohup sh -c \'"$@" & echo $! > pid; wait\' sh "$@"'],
];
for (const [i, [shell, script]] of ways.entries()) {
  t.test(`started to survive a hang-up, by ${shell}: ${script}`, async (t) => {
    const out = at(`survives${i}`);
    const [log, errors] = [`${out}.jsonl`, `${out}.err`];
    const command = [process.execPath, main, 'train', at('endless.json'), '--out', out];
    const redirected = `exec > '${log}' 2> '${errors}'; ${script}`;
    const child = spawn(shell, ['-c', redirected, shell, ...command], { cwd: at(), stdio: 'ignore' });
    const end = ended(child);
    await has(log, '"iteration":2,');
    const pid = Number(readFileSync(at('pid'), 'utf8'));
    t.teardown(() => isAlive(pid) && process.kill(pid, 'SIGKILL'));
    process.kill(pid, 'SIGHUP');
    await pause(300);
    const iterations = linesOf(log);
    while (isAlive(pid) && linesOf(log) < iterations + 3) await pause(50);
    t.ok(isAlive(pid), 'it goes on');
    process.kill(pid, 'SIGTERM');
    await end;
    t.match(readFileSync(errors, 'utf8'), 'Interrupted by SIGTERM. The best model so far is saved.');
    t.equal(statusIn(out), 'aborted');
  });
}

const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').length;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const skip = existsSync('/usr/bin/script') ? false : 'script(1) is needed for a terminal';
t.test('nohup at a terminal, by a shell that does not tell what it starts', { skip }, async (t) => {
  const probe = new URL('../../dist/cli/hangup.js', import.meta.url);
  const told = at('told');
  const code = `import('${probe}').then(({ hangupIgnored }) => fs.writeFileSync('${told}', String(hangupIgnored)))`;
  const tell = `'${process.execPath}' -e "${code}"`;
  for (const [command, ignored] of [
    [`env -u _ nohup ${tell} > /dev/null 2>&1`, 'true'],
    [`env -u _ ${tell} > /dev/null 2>&1`, 'false'],
    [`env -u _ ${tell} < /dev/null > /dev/null 2>&1`, 'false'],
  ]) {
    writeFileSync(at('command.sh'), command);
    await start('script', '-qec', `sh '${at('command.sh')}'`, '/dev/null');
    t.equal(readFileSync(told, 'utf8'), ignored, command);
  }
});

t.test('a terminal that is closed', { skip }, async (t) => {
  const [out, code] = [at('closed'), at('code')];
  const command = [process.execPath, main, 'train', at('endless.json'), '--out', out].map((word) => `'${word}'`);
  // The shell, which gets the signal of the system, passes it on and lives on to tell the exit code.
  const script = `trap 'kill -HUP $!' HUP; ${command.join(' ')} & wait; wait $!; echo $? > '${code}'`;
  writeFileSync(at('closed.sh'), script);
  const terminal = start('script', '-qec', `sh '${at('closed.sh')}'`, '/dev/null');
  await terminal.shows('iteration 2');
  terminal.child.kill('SIGKILL');
  await has(code, '\n');
  t.equal(readFileSync(code, 'utf8').trim(), '129', 'not an abort of Node, which wants to reset the terminal');
  t.equal(statusIn(at('closed')), 'aborted');
  t.strictSame(readdirSync(out).sort(), resultNames);
});
