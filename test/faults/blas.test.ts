/**
 * @file Wrong numbers of each routine that our objects call, at each of its calls in the self-test: it is found, by name.
 * And as the addon is loaded, in processes of their own.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import t from 'tap';
import { projectFolder, root } from '../support/scripts.js';
import { count, type Faults, failing, faults, needsFaults, type Routine } from './support.js';

/** dlarft is called before dlarfb only, and what it forms shows in that one's result. */
const shownBy: Record<string, string> = { dlarft: 'dlarfb' };

t.test('every routine, at every call', needsFaults, async (t) => {
  const { selfTest, counts } = faults as Faults;
  t.equal(selfTest(), null, 'all are right');
  const routines = Object.keys(counts()).filter((name) => /^[ds][a-z]/.test(name)) as Routine[];
  t.ok(routines.length >= 20, `${routines.length} routines`);
  for (const routine of routines) {
    const total = await count(routine, selfTest);
    t.ok(total > 0, `${total} × ${routine}`);
    for (let n = 1; n <= total; n++) {
      const { outcome, failed } = await failing(routine, n, selfTest, { info: 0 });
      t.ok(failed);
      t.strictSame(outcome, { value: shownBy[routine] ?? routine }, `call ${n} of ${routine}`);
    }
  }
  t.equal(selfTest(), null, 'nothing stays');
});

t.test('a routine that fails is found too', needsFaults, async (t) => {
  const { outcome } = await failing('dgeqrf', 1, (faults as Faults).selfTest, { info: 7 });
  t.strictSame(outcome, { value: 'dgeqrf' });
});

const folder = projectFolder();

function run(fault: string, args: string[]) {
  const env = { ...process.env, NODE_OPTIONS: '', GNVPRO_FAULT: fault };
  return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env });
}

t.test('loading refuses such a BLAS, with the cure; info() tells it, and js computes', needsFaults, async (t) => {
  const code = `
    import { info, setThreads, tanh, train } from 'gnvpro';
    const problem = { network: tanh(), inputs: [[1], [2], [3]], targets: [[1], [3], [2]], stop: { iterations: 1 } };
    const outcomes = [];
    for (const attempt of [() => train(problem), async () => setThreads(2), () => train({ ...problem, backend: 'js' })]) {
      outcomes.push(await attempt().then(() => null, ({ name, code, message }) => ({ name, code, message })));
    }
    console.log(JSON.stringify({ blasTest: info().blasTest, outcomes }));
  `;
  const { stdout, stderr } = run('dgemm', ['--input-type=module', '-e', code]);
  t.equal(stderr, '');
  const { blasTest, outcomes } = JSON.parse(stdout);
  t.match(blasTest, { passed: false, routine: 'dgemm' });
  t.ok(blasTest.error > 1e-12 && blasTest.error < 1e-3, `${blasTest.error}`);
  for (const outcome of outcomes.slice(0, 2)) {
    t.match(outcome, {
      name: 'GnvproError',
      code: 'ERR_BLAS_WRONG',
      message: /dgemm.*OPENBLAS_CORETYPE=.*backend: 'js'/,
    });
  }
  t.equal(outcomes[2], null, "backend: 'js'");
});

t.test('gnvpro info tells it', needsFaults, async (t) => {
  const { status, stdout } = run('dtrsm', [join(root, 'dist/cli/main.js'), 'info']);
  t.equal(status, 0);
  t.match(JSON.parse(stdout).blasTest, { passed: false, routine: 'dtrsm' });
});
