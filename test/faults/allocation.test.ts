/** @file Every allocation of what is no objective fails once, and again with all that follow: the answer is ERR_MEMORY. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { setThreads } from '../../lib/backend/threads.js';
import { loadNative } from '../../lib/binding.js';
import { encode } from '../../lib/program/encode.js';
import { Random } from '../../lib/random.js';
import { normals } from '../support/numbers.js';
import {
  at,
  cases,
  d,
  goOn,
  linearize,
  load,
  many,
  network,
  open,
  programs,
  targetColumns,
  theta,
} from './objective.js';
import { failEverywhere, failing, needsFaults } from './support.js';

setThreads(64); // teams, also where there are fewer cores

const native = loadNative();
t.setTimeout(600_000); // under the sanitizers, beside other tests

t.test('programs', needsFaults, async (t) => {
  const inputs = normals(new Random(6), many * d);
  const W = normals(new Random(7), targetColumns * (network.features + 1));
  for (const threads of [1, 2]) {
    await failEverywhere(t, 'run, sync', {
      prepare: () => load(linearize),
      run: (program) => program.run(many, [inputs], [theta], threads).sync(),
    });
    await failEverywhere(t, 'run, async', {
      prepare: () => load(linearize),
      run: (program) => program.run(many, [inputs], [theta], threads).async(),
    });
    const call = [programs.forward, theta, W, targetColumns, true, inputs, many, threads] as const;
    await failEverywhere(t, 'predict, sync', { prepare: () => null, run: () => native.predict(...call).sync() });
    await failEverywhere(t, 'predict, async', { prepare: () => null, run: () => native.predict(...call).async() });
  }
  await failEverywhere(t, 'decoding', {
    prepare: () => encode(linearize),
    run: (encoded) => new native.Program(encoded).run(5, [inputs.subarray(0, 5 * d)], [theta], 1).sync(),
  });
});

t.test('linear algebra', needsFaults, async (t) => {
  const A = normals(new Random(8), 60 * 7);
  await failEverywhere(t, 'svd, sync', { prepare: () => null, run: () => native.svd(60, 7, A).sync() });
  await failEverywhere(t, 'svd, async', { prepare: () => null, run: () => native.svd(60, 7, A).async() });
  const n = 9;
  const band = normals(new Random(9), 4 * n).map((x, i) => (i % 4 === 2 ? 5 + x : x));
  const rhs = normals(new Random(10), 3 * n);
  await failEverywhere(t, 'banded factorisation', {
    prepare: () => null,
    run: () => new native.BandedLU(n, 1, 1, band).solve(rhs).sync(),
  });
  await failEverywhere(t, 'banded solve, async', {
    prepare: () => new native.BandedLU(n, 1, 1, band),
    run: (factor) => factor.solve(rhs).async(),
  });
  await failEverywhere(t, 'the rest', {
    prepare: () => null,
    run: () => [native.elementwise(0, 0, rhs), native.info()],
  });
});

t.test('errors that are told while memory is short', needsFaults, async (t) => {
  const cancelFlag = new Int32Array(new SharedArrayBuffer(4)).fill(1);
  const [walk, cancelled] = [open(cases[0]), open(cases[0], cancelFlag)];
  const dropped = walk.at(theta).sync();
  dropped.drop();
  const wrong: [string, () => unknown, string][] = [
    ['argument', () => walk.evaluate(new Float64Array(1)), 'ERR_ARGUMENT'],
    ['argument of a class', () => new native.Objective({ ...programs } as never), 'ERR_ARGUMENT'],
    ['point', () => dropped.gradient(), 'ERR_DISPOSED'],
    [
      'program',
      () => new native.Program({ code: Int32Array.of(1, 2, 3), constants: new Float64Array() }),
      'ERR_PROGRAM',
    ],
    ['LAPACK', () => new native.BandedLU(2, 0, 0, new Float64Array(2)), 'ERR_LAPACK'],
    ['abort', () => cancelled.evaluate(theta), 'ERR_ABORTED'],
  ];
  for (const [name, call, code] of wrong) {
    const run = () => {
      try {
        return call();
      } catch (error) {
        if ((error as { code?: string }).code === code) return code;
        throw error;
      }
    };
    await failEverywhere(t, name, { prepare: () => null, run });
  }
});

t.test('threads that the system does not grant: the same bits', needsFaults, async (t) => {
  let team = 4; // each time more than the crew may have already
  for (const options of cases.filter(({ threads }) => threads > 1)) {
    const run = (threads: number) => goOn(at(open({ ...options, threads }), theta));
    const expected = run(1);
    for (let n = 1; n <= 3; n++) {
      team += 4;
      const { outcome, failed } = await failing('thread', n, () => run(team), { lasting: true });
      t.ok(failed);
      t.strictSame(outcome, { value: expected }, `${n - 1} threads more`);
    }
  }
});

t.test('loading', needsFaults, async (t) => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const loader = createRequire(import.meta.url).resolve('node-gyp-build');
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    let code = null;
    try { require(workerData.loader)(workerData.root); } catch (error) { code = error.code ?? error.message; }
    parentPort.postMessage(code);
  `;
  const run = async () => {
    const worker = new Worker(source, { eval: true, workerData: { root, loader } });
    const code = await new Promise<string | null>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    if (code !== null) throw Object.assign(new Error('not loaded'), { code });
    return 'loaded';
  };
  await failEverywhere(t, 'in a worker', { prepare: () => null, run });
});
