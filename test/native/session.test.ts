/** @file What only the native session has: jobs off the main thread, one at a time, with progress, and shared memory. */
import t from 'tap';
import { loadNative, type NativeSession, type SessionConfig } from '../../lib/binding.js';
import { norm } from '../../lib/linalg/vector.js';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { ProgramBuilder } from '../../lib/program/builder.js';
import { encode } from '../../lib/program/encode.js';
import { Random } from '../../lib/random.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { normals } from '../support/numbers.js';

const native = loadNative();
const [d, targetColumns] = [5, 3];
const network = new Network(sequential([dense(6), tanh(), residual(antisymmetricDense(), { steps: 2 })]), d);
const theta = network.initialWeights(1);
const P = network.weights;
const krylov = {
  solver: 'krylov',
  maxVectors: 8,
  tolerance: 0,
  radius: null,
  usePairs: false,
  rankTolerance: 0,
} as const;

function config(samples: number, changes: Partial<SessionConfig> = {}): SessionConfig {
  const random = new Random(4);
  const { linearize, jvp, vjp, perSample } = network.programs;
  if (perSample === null) throw new Error('no gradients by sample');
  return {
    linearize: new native.Program(encode(linearize)),
    jvp: new native.Program(encode(jvp)),
    vjp: new native.Program(encode(vjp)),
    perSample: new native.Program(encode(perSample.program)),
    kronecker: perSample.kronecker,
    perSampleColumns: perSample.columns,
    inputs: normals(random, samples * d),
    targets: normals(random, samples * targetColumns),
    samples,
    targetColumns,
    weights: P,
    bias: true,
    loss: { curvature: 'identity', kernel: 'squared' },
    sampleWeights: null,
    alphaW: 1e-3,
    innerTolerance: 1e-12,
    regularizer: tikhonov(P, 1e-3),
    jacobian: 'golub-pereyra',
    pairs: 5,
    threads: 1,
    ...changes,
  };
}

function open(samples = 50, changes: Partial<SessionConfig> = {}): NativeSession {
  const session = new native.Session(config(samples, changes));
  session.evaluateSync(theta);
  session.accept();
  return session;
}

function newFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

t.test('asynchronous and synchronous jobs give the same bits', async (t) => {
  const session = open();
  t.same(await session.evaluate(theta), session.evaluateSync(theta));
  t.strictSame(await session.gradient(), session.gradientSync());
  const v = normals(new Random(1), P);
  t.strictSame(await session.hessianProduct(v), session.hessianProductSync(v));
  const { step } = await session.step(krylov);
  t.strictSame(session.stepSync(krylov).step, step);
});

t.test('the same bits on any number of threads', async (t) => {
  // Enough samples for many tiles, and for several tiles of the QR.
  const run = (threads: number) => {
    const session = open(5000, { threads });
    const evaluation = session.evaluateSync(theta);
    session.accept();
    const steps = (['krylov', 'dense'] as const).map(
      (solver) => session.stepSync({ ...krylov, solver, radius: 0.1 }).step,
    );
    return [evaluation, session.W(), session.residual(), session.gradientSync(), ...steps];
  };
  const one = run(1);
  for (const threads of [2, 4]) t.strictSame(run(threads), one, `${threads} threads`);
});

t.test('one job at a time', async (t) => {
  const session = open(20000);
  const job = session.evaluate(theta);
  for (const call of [
    () => session.evaluate(theta),
    () => session.evaluateSync(theta),
    () => session.gradient(),
    () => session.stepSync(krylov),
    () => session.accept(),
    () => session.W(),
    () => session.denseHessianSync(),
  ]) {
    t.throws(call, { code: 'ERR_BUSY' });
  }
  t.ok((await job).finite);
  session.accept();
  t.equal(session.W().length, targetColumns * 7);
});

t.test('disposal while a job runs: the job ends, the handle is closed', async (t) => {
  const session = open(20000);
  const job = session.step(krylov);
  session.dispose();
  t.throws(() => session.W(), { code: 'ERR_DISPOSED' });
  t.equal((await job).step.length, P);
  t.throws(() => session.gradient(), { code: 'ERR_DISPOSED' });
});

t.test('cancelled jobs leave the session as it was', async (t) => {
  const session = open(20000);
  const flag = newFlag();
  const before = session.W();
  const long = { ...krylov, maxVectors: P };
  const moved = theta.map((x) => 2 * x);
  for (const start of [() => session.step(long, flag), () => session.step({ ...long, solver: 'dense' }, flag)]) {
    Atomics.store(flag, 0, 0);
    const job = start();
    Atomics.store(flag, 0, 1);
    await t.rejects(job, { code: 'ERR_ABORTED' }, 'in the middle');
  }
  await t.rejects(session.evaluate(moved, flag), { code: 'ERR_ABORTED' }, 'before the start');
  await t.rejects(session.gradient(flag), { code: 'ERR_ABORTED' });
  t.throws(() => session.hessianProductSync(theta, flag), { code: 'ERR_ABORTED' });
  t.throws(() => session.accept(), { code: 'ERR_STATE' }, 'a cancelled evaluation leaves no trial point');
  t.strictSame(session.W(), before);
  Atomics.store(flag, 0, 0);
  const { step, vectors } = await session.step(krylov, flag);
  t.ok(norm(step) > 0 && vectors === 8, 'and a new space can be built');
});

t.test('progress: the number of vectors', async (t) => {
  const session = open();
  const seen: number[] = [];
  await session.step(krylov, undefined, (vectors) => seen.push(vectors));
  t.same(seen, [1, 2, 3, 4, 5, 6, 7, 8]);
  seen.length = 0;
  await session.step({ ...krylov, radius: 1e-3 }, undefined, (vectors) => seen.push(vectors));
  t.same(seen, [], 'the space is there already');
});

t.test('an error in the progress callback stops the job and rejects it', async (t) => {
  const session = open(20000);
  const failure = new Error('not interested');
  const job = session.step({ ...krylov, maxVectors: P }, undefined, () => {
    throw failure;
  });
  await t.rejects(job, failure);
  t.ok(session.stepSync(krylov).stepNorm > 0);
});

t.test('wrong configurations are refused', async (t) => {
  const other = new native.Program(encode(network.programs.forward));
  const csr = tikhonov(P, 1);
  const wrong: Partial<Record<keyof SessionConfig, unknown>>[] = [
    { linearize: other },
    { jvp: other },
    { vjp: {} },
    { perSample: other },
    { samples: 49 },
    { samples: 0 },
    { targetColumns: 4 },
    { weights: P + 1 },
    { alphaW: -1 },
    { alphaW: Number.NaN },
    { jacobian: 'full' },
    { pairs: -1 },
    { threads: 0 },
    { inputs: new Float32Array(50 * d) },
    { regularizer: { ...csr, rowPointers: csr.rowPointers.toReversed() } },
    { regularizer: { ...csr, columns: csr.columns.map(() => P) } },
    { regularizer: { ...csr, reference: new Float64Array(P - 1) } },
    { perSampleColumns: new Int32Array(network.programs.perSample?.columns.length ?? 0) },
    { kronecker: [{ array: 0, offset: P - 1, inputs: d, units: 6 }] },
    { kronecker: [{ array: 9, offset: 0, inputs: d, units: 6 }] },
  ];
  for (const changes of wrong) {
    t.throws(
      () => new native.Session(config(50, changes as Partial<SessionConfig>)),
      { code: 'ERR_ARGUMENT' },
      Object.keys(changes)[0],
    );
  }
});

t.test('wrong options are refused', async (t) => {
  const session = open();
  for (const changes of [
    { solver: 'exact' },
    { maxVectors: 0 },
    { tolerance: 2 },
    { radius: -1 },
    { usePairs: 1 },
    { rankTolerance: -1 },
  ]) {
    t.throws(() => session.stepSync({ ...krylov, ...changes } as never), { code: 'ERR_ARGUMENT' });
  }
  t.throws(() => session.evaluate(theta, new Int32Array(1)), { code: 'ERR_ARGUMENT' }, 'a flag that could be detached');
  t.throws(() => session.step(krylov, undefined, 1 as never), { code: 'ERR_ARGUMENT' });
  t.ok(session.gradientSync().length === P, 'none of them leaves the session busy');
});

t.test('memory is accounted for and freed', async (t) => {
  const session = open(20000);
  t.ok(session.memoryBytes > 20000 * (d + targetColumns) * 8);
  session.dispose();
  t.throws(() => session.memoryBytes, { code: 'ERR_DISPOSED' });
});

t.test('the accessor belongs to sessions', (t) => {
  const get = Object.getOwnPropertyDescriptor(native.Session.prototype, 'memoryBytes')?.get;
  const others = [{}, native.Session.prototype, new native.Program(encode(network.programs.forward)), 1];
  for (const other of others) t.throws(() => get?.call(other), { code: 'ERR_ARGUMENT' });
  t.end();
});

t.test('a network without features is refused', (t) => {
  const b = new ProgramBuilder('no features');
  const x = b.sampleInput(b.declareSamples('Y', d));
  b.declareVector('theta', P);
  b.declareSampleOutput('Z', b.gather(x, [], { kind: 'samples', cols: 0 }));
  b.declareVectorOutput('fixed residuals', 0);
  const linearize = new native.Program(encode(b.build()));
  t.throws(() => new native.Session(config(50, { linearize })), { code: 'ERR_ARGUMENT', message: /1 feature/ });
  t.end();
});

t.test('a dense step where the data are met exactly, so that H is made of rounding', (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const session = new native.Session(config(2, { alphaW: 0, regularizer: tikhonov(P, 0) }));
    session.evaluateSync(network.initialWeights(seed));
    session.accept();
    const { step } = session.stepSync({ ...krylov, solver: 'dense' });
    if (!step.every(Number.isFinite)) t.fail(`seed ${seed}`);
  }
  t.end();
});

t.test('seconds are counted once: for the network or for what works around it', async (t) => {
  const session = open(20000);
  const before = session.timings();
  const start = performance.now();
  session.stepSync({ ...krylov, maxVectors: 20 });
  const elapsed = (performance.now() - start) / 1000;
  const after = session.timings();
  const [network, space] = [after.network - before.network, after.krylov - before.krylov];
  t.ok(network > 0 && space > 0 && network + space <= elapsed, `${network} + ${space} of ${elapsed} s`);
  t.ok(network > 0.5 * elapsed, 'of so many samples the network takes most');
});
