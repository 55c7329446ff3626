/** @file What only native objectives have: jobs off the main thread, one at a time, and shared memory. */
import t from 'tap';
import { Pairs } from '../../lib/backend/pairs.js';
import { setThreads } from '../../lib/backend/threads.js';
import { loadNative, type NativePoint, type ObjectiveConfig } from '../../lib/binding.js';
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
import { Walk } from '../support/walk.js';

setThreads(4); // teams, also where there are fewer cores

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
  multiplier: 0,
  rankTolerance: 0,
} as const;

function config(samples: number, changes: Partial<ObjectiveConfig> = {}): ObjectiveConfig {
  const random = new Random(4);
  const { linearize, jvp, vjp, perSample, columnsInFlight } = network.programs;
  if (perSample === null) throw new Error('no gradients by sample');
  return {
    linearize: new native.Program(encode(linearize)),
    jvp: new native.Program(encode(jvp)),
    vjp: new native.Program(encode(vjp)),
    columnsInFlight,
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
    threads: 1,
    ...changes,
  };
}

function open(samples = 50, changes: Partial<ObjectiveConfig> = {}): Walk {
  const walk = new Walk(new native.Objective(config(samples, changes)));
  walk.moveTo(theta);
  return walk;
}

function newFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

t.test('asynchronous and synchronous jobs give the same bits', async (t) => {
  const { objective, point } = open();
  t.same((await objective.at(theta).async()).evaluation, objective.at(theta).sync().evaluation);
  t.strictSame(await point.gradient().async(), point.gradient().sync());
  const v = normals(new Random(1), P);
  t.strictSame(await point.hessianProduct(v).async(), point.hessianProduct(v).sync());
  const { step } = await point.step(krylov, null).async();
  t.strictSame(point.step(krylov, null).sync().step, step);
});

t.test('the same bits on any number of threads', async (t) => {
  // Enough samples for many tiles, and for several tiles of the QR.
  const run = (threads: number) => {
    const walk = open(5000, { threads });
    const steps = (['krylov', 'dense'] as const).map((solver) => walk.step({ ...krylov, solver, radius: 0.1 }).step);
    return [walk.point.evaluation, walk.W(), walk.residual(), walk.gradient(), ...steps];
  };
  const one = run(1);
  for (const threads of [2, 4]) t.strictSame(run(threads), one, `${threads} threads`);
});

t.test('one job at a time', async (t) => {
  const { objective, point } = open(20000);
  const made = point.gradient();
  const job = objective.at(theta).async();
  for (const call of [
    () => objective.at(theta),
    () => point.gradient(),
    () => point.step(krylov, null),
    () => made.sync(),
    () => point.W(),
    () => point.denseHessian(),
    () => objective.memoryBytes,
  ]) {
    t.throws(call, { code: 'ERR_BUSY' });
  }
  const next = await job;
  t.ok(next.evaluation.finite);
  t.equal(next.W().length, targetColumns * 7);
});

t.test('a point that is dropped while its job runs: the job ends, and the memory waits for it', async (t) => {
  const { objective, point } = open(20000);
  const expected = point.hessianProduct(theta).sync();
  const job = point.hessianProduct(theta).async();
  point.drop();
  t.strictSame(await job, expected);
  t.throws(() => point.W(), { code: 'ERR_DISPOSED' });
  const later = objective.at(theta).sync() as NativePoint;
  t.strictSame(later.hessianProduct(theta).sync(), expected);
});

t.test('a job made at a point that is dropped before it runs still knows it', async (t) => {
  const { objective, point } = open();
  const expected = point.hessianProduct(theta).sync();
  const job = point.hessianProduct(theta);
  point.drop();
  for (const factor of [2, 3]) objective.at(theta.map((x) => factor * x)).sync();
  t.strictSame(job.sync(), expected);
});

t.test('disposal while a job runs: the job ends, the handles are closed', async (t) => {
  const { objective, point } = open(20000);
  const job = point.step(krylov, null).async();
  objective.dispose();
  t.throws(() => point.W(), { code: 'ERR_DISPOSED' });
  t.equal((await job).step.length, P);
  t.throws(() => point.gradient(), { code: 'ERR_DISPOSED' });
  t.throws(() => objective.at(theta), { code: 'ERR_DISPOSED' });
});

t.test('disposal by a getter of the arguments', (t) => {
  const { objective, point } = open();
  const { rowPointers, ...rest } = tikhonov(P, 1e-3);
  const dispose = () => {
    objective.dispose();
    return rowPointers;
  };
  objective.regularize(1, Object.defineProperty({ ...rest }, 'rowPointers', { get: dispose }) as never);
  t.throws(() => objective.regularize(1, tikhonov(P, 1e-3)), { code: 'ERR_DISPOSED' });
  t.throws(() => point.gradient(), { code: 'ERR_DISPOSED' });
  t.end();
});

t.test('cancelled jobs leave the point as it was', async (t) => {
  const cancelFlag = newFlag();
  const walk = open(20000, { cancelFlag });
  const { objective, point } = walk;
  const before = walk.W();
  const long = { ...krylov, maxVectors: P };
  for (const options of [long, { ...long, solver: 'dense' as const }]) {
    Atomics.store(cancelFlag, 0, 0);
    const job = point.step(options, null).async();
    Atomics.store(cancelFlag, 0, 1);
    await t.rejects(job, { code: 'ERR_ABORTED' }, 'in the middle');
  }
  await t.rejects(objective.at(theta.map((x) => 2 * x)).async(), { code: 'ERR_ABORTED' }, 'before the start');
  await t.rejects(point.gradient().async(), { code: 'ERR_ABORTED' });
  t.throws(() => point.hessianProduct(theta).sync(), { code: 'ERR_ABORTED' });
  t.strictSame(walk.W(), before);
  Atomics.store(cancelFlag, 0, 0);
  const { step, vectors } = await point.step(krylov, null).async();
  t.ok(norm(step) > 0 && vectors === 8, 'and a new space can be built');
});

t.test('memory of steps: a ring, from its oldest', (t) => {
  const random = new Random(6);
  const pairs = new Pairs(3);
  const steps = Array.from({ length: 5 }, () => normals(random, P));
  for (const s of steps) {
    pairs.add(
      s,
      s.map((x, i) => (1 + i) * x),
    );
    const fresh = new Pairs(3);
    for (const kept of steps.slice(0, steps.indexOf(s) + 1).slice(-3))
      fresh.add(
        kept,
        kept.map((x, i) => (1 + i) * x),
      );
    const [ring, plain] = [pairs, fresh].map((memory) => open().point.step(krylov, memory).sync().step);
    t.strictSame(ring, plain);
  }
  const { point } = open();
  for (const wrong of [
    { data: pairs.data, first: 3, count: 1 },
    { data: pairs.data, first: 0, count: 4 },
    { data: pairs.data.subarray(1), first: 0, count: 1 },
    { data: [...pairs.data], first: 0, count: 1 },
    1,
  ]) {
    t.throws(() => point.step(krylov, wrong as never), { code: 'ERR_ARGUMENT' });
  }
  t.end();
});

t.test('wrong configurations are refused', async (t) => {
  const other = new native.Program(encode(network.programs.forward));
  const csr = tikhonov(P, 1);
  const wrong: Partial<Record<keyof ObjectiveConfig, unknown>>[] = [
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
    { threads: 0 },
    { inputs: new Float32Array(50 * d - 1) },
    { inputs: new Int32Array(50 * d) },
    { targets: new Float32Array(50 * 3) },
    { regularizer: { ...csr, rowPointers: csr.rowPointers.toReversed() } },
    { regularizer: { ...csr, columns: csr.columns.map(() => P) } },
    { regularizer: { ...csr, reference: new Float64Array(P - 1) } },
    { perSampleColumns: new Int32Array(network.programs.perSample?.columns.length ?? 0) },
    { kronecker: [{ array: 0, offset: P - 1, inputs: d, units: 6 }] },
    { kronecker: [{ array: 9, offset: 0, inputs: d, units: 6 }] },
  ];
  for (const changes of wrong) {
    t.throws(
      () => new native.Objective(config(50, changes as Partial<ObjectiveConfig>)),
      { code: 'ERR_ARGUMENT' },
      Object.keys(changes)[0],
    );
  }
});

t.test('wrong options are refused', async (t) => {
  const { objective, point } = open();
  for (const changes of [
    { solver: 'exact' },
    { maxVectors: 0 },
    { tolerance: 2 },
    { radius: -1 },
    { multiplier: -1 },
    { rankTolerance: -1 },
  ]) {
    t.throws(() => point.step({ ...krylov, ...changes } as never, null), { code: 'ERR_ARGUMENT' });
  }
  t.throws(
    () => new native.Objective(config(50, { cancelFlag: new Int32Array(1) })),
    { code: 'ERR_ARGUMENT' },
    'a flag that could be detached',
  );
  t.throws(() => objective.at(theta, {} as never), { code: 'ERR_ARGUMENT' });
  t.throws(() => objective.at(theta, open().point), { code: 'ERR_ARGUMENT', message: /this objective/ });
  t.throws(() => Reflect.construct(native.Point as never, []), { code: 'ERR_ARGUMENT' }, 'only at() makes points');
  t.ok(point.gradient().sync().length === P, 'none of them leaves the objective busy');
});

t.test('memory is accounted for and freed', async (t) => {
  const { objective } = open(20000);
  t.ok(objective.memoryBytes > 20000 * (d + targetColumns) * 8);
  objective.dispose();
  t.throws(() => objective.memoryBytes, { code: 'ERR_DISPOSED' });
});

t.test('the accessors belong to objectives', (t) => {
  const get = Object.getOwnPropertyDescriptor(native.Objective.prototype, 'memoryBytes')?.get;
  const others = [{}, native.Objective.prototype, new native.Program(encode(network.programs.forward)), 1];
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
  t.throws(() => new native.Objective(config(50, { linearize })), { code: 'ERR_ARGUMENT', message: /1 feature/ });
  t.end();
});

t.test('a dense step where the data are met exactly, so that H is made of rounding', (t) => {
  for (let seed = 1; seed <= 40; seed++) {
    const objective = new native.Objective(config(2, { alphaW: 0, regularizer: tikhonov(P, 0) }));
    const point = objective.at(network.initialWeights(seed)).sync();
    const { step } = point.step({ ...krylov, solver: 'dense' }, null).sync();
    if (!step.every(Number.isFinite)) t.fail(`seed ${seed}`);
  }
  t.end();
});

t.test('seconds are counted once: for the network or for what works around it', async (t) => {
  const { objective, point } = open(20000);
  const before = objective.timings();
  const start = performance.now();
  point.step({ ...krylov, maxVectors: 20 }, null).sync();
  const elapsed = (performance.now() - start) / 1000;
  const after = objective.timings();
  const [network, space] = [after.network - before.network, after.krylov - before.krylov];
  t.ok(network > 0 && space > 0 && network + space <= elapsed, `${network} + ${space} of ${elapsed} s`);
  t.ok(network > 0.5 * elapsed, 'of so many samples the network takes most');
});
