/** @file Checkpoints as files: gone on from with the same bits, refused where they are of something else, never lost. */
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  adam,
  type CheckpointEvent,
  dense,
  gaussNewton,
  lbfgs,
  sequence,
  type Training,
  train,
  trainSync,
} from '../../lib/index.js';
import { options as records } from '../../lib/options/options.js';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { fromJson, toJson } from '../../lib/train/checkpoint/plain.js';
import { options, smooth } from './problem.js';

const given = options({ ...smooth(40, 1, 0.05), stop: { iterations: 14, gradient: 0, objective: 0 } });
const rates = { learningRate: 0.01, batchSize: 8 };

const bitsOf = ({ model }: Training) =>
  [model.theta, model.W].map(({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength).toString('hex'),
  );

/** All that a training tells but times and what became of its checkpoint. */
function toldBy({ report }: Training): unknown {
  const { iterations, best, runs, stop, workUnits, levels, members, heldOut } = report;
  return JSON.parse(
    JSON.stringify({ iterations, best, runs, stop, workUnits, levels, members, heldOut }),
    (key, part) => (key === 'seconds' ? undefined : part),
  );
}

/** A training that ends before its time, with so many records, and leaves its checkpoint. */
function left(more: TrainOptions, records: number): Promise<Training> {
  return train({ ...more, onIteration: ({ iteration }) => iteration + 1 < records });
}

t.test('a training that ended early goes on to the same bits, wherever it was left', async (t) => {
  const labels = smooth(60).inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'other'));
  const ofClasses = { inputs: smooth(60).inputs, targets: labels, loss: 'crossEntropy' };
  const cases: Record<string, { more: Partial<TrainOptions>; records: number[] }> = {
    'least squares': { more: {}, records: [2, 8] },
    classes: { more: { ...ofClasses, stop: { iterations: 25, objective: 0 } }, records: [12, 16, 22] },
    'a sequence': {
      more: {
        optimizer: sequence([{ optimizer: adam(rates), stop: { iterations: 4 } }, { optimizer: gaussNewton() }]),
      },
      records: [3, 5, 9],
    },
    'a search with starts and refits': {
      more: { regularization: 'auto', validation: 0.3, starts: 2, refit: true, stop: { iterations: 2 } },
      records: [20, 70],
    },
  };
  const path = join(t.testdir(), 'checkpoint');
  for (const [name, { more, records }] of Object.entries(cases)) {
    for (const backend of ['js', 'native'] as const) {
      const all = { ...given, ...more, backend };
      const unbroken = await train({ ...all, checkpoint: path, resume: false });
      for (const count of records) {
        rmSync(path);
        const first = await left({ ...all, checkpoint: { path, every: 1e9 } }, count);
        t.strictSame([first.report.stop.status, first.report.checkpoint?.written], ['aborted', 1]);
        const second = await (backend === 'js' ? trainSync : train)({ ...all, checkpoint: path, resume: true });
        t.strictSame(bitsOf(second), bitsOf(unbroken), `${backend}, ${name}, left with ${count} records`);
        t.strictSame(toldBy(second), toldBy(unbroken));
      }
      if (name === 'classes') continue; // other last digits where nobody watches
      t.strictSame(toldBy(unbroken), toldBy(await train(all)), `${backend}, ${name}: as without a checkpoint`);
    }
  }
});

t.test('from the start, or on', async (t) => {
  const path = join(t.testdir(), 'checkpoint');
  const all = { ...given, checkpoint: { path, every: 3 } };
  const events: CheckpointEvent[] = [];
  const fresh = await left({ ...all, resume: true, onCheckpoint: (event) => events.push(event) }, 9);
  t.hasStrict(events, [
    { type: 'written', path, iteration: 3 },
    { type: 'written', path, iteration: 6 },
    { type: 'written', path, iteration: 8 }, // before the last iteration, in which the caller ended it
  ]);
  t.equal(fresh.report.checkpoint?.resumedFrom, null, 'resume: true, but there was nothing yet');
  const before = readFileSync(path);
  await t.rejects(train(all), { code: 'ERR_CHECKPOINT', message: /did not end, with 8 iterations.*resume: true/ });
  t.throws(() => trainSync(all), { code: 'ERR_CHECKPOINT' });
  t.ok(before.equals(readFileSync(path)), 'a training that did not end is not lost by accident');

  const iterations: number[] = [];
  const onIteration = ({ iteration }: { iteration: number }) => iterations.push(iteration);
  const second = await train({ ...all, resume: true, onIteration, onCheckpoint: (event) => events.push(event) });
  t.hasStrict(events[3], { type: 'resumed', path, iteration: 8 });
  t.strictSame(iterations, [8, 9, 10, 11, 12, 13, 14], 'nothing is told twice');
  t.ok(second.report.seconds > fresh.report.seconds * 0.5, 'seconds go on');
  t.ok(second.report.iterations.every(({ seconds }, k, all) => k === 0 || seconds >= all[k - 1].seconds));
  t.ok(second.report.timings.dense > 0);

  const third = await train({ ...all, resume: true, onIteration: () => t.fail('it was at its end') });
  t.strictSame(
    [bitsOf(third), toldBy(third)],
    [bitsOf(second), toldBy(second)],
    'the end is there until it is removed',
  );
  t.strictSame(third.report.timings, second.report.timings);
  const again = await left(all, 5);
  t.equal(again.report.checkpoint?.resumedFrom, null, 'what came to its end may be replaced');
  const anew = await left({ ...all, resume: false }, 6);
  t.equal(anew.report.checkpoint?.resumedFrom, null);
  t.strictSame(readdirSync(join(path, '..')), ['checkpoint'], 'one file');
  await t.rejects(train({ ...given, resume: true }), { code: 'ERR_OPTION', message: /Expected checkpoint/ });
});

t.test('a checkpoint of something else is refused, and says what differs', async (t) => {
  const path = join(t.testdir(), 'checkpoint');
  const targets = smooth(40, 1, 0.05).targets;
  const signs = targets.map(([a]) => [Number(a > 0)]);
  const all: TrainOptions = { ...given, validation: { ...smooth(10, 2) }, checkpoint: { path, every: 1 } };
  await left(all, 4);
  const before = readFileSync(path);
  const others: Partial<Record<keyof TrainOptions, [change: Partial<TrainOptions>, told: RegExp]>> = {
    network: [{ network: dense(7) }, /network\.layers\.type \("sequential" there, "dense" here\)/],
    loss: [
      { loss: 'logistic', targets: signs, validation: { inputs: smooth(40, 1, 0.05).inputs, targets: signs } },
      /loss\.name \("leastSquares" there, "logistic" here\)/,
    ],
    inputs: [{ inputs: smooth(40, 3).inputs }, /inputs/],
    targets: [{ targets: targets.map(([a, b]) => [a, b + 1e-15]) }, /targets/],
    sampleWeights: [{ sampleWeights: targets.map((_, k) => 1 + k) }, /sampleWeights/],
    validation: [{ validation: smooth(11, 2) }, /validation/],
    validationMetric: [
      { validationMetric: 'relativeError' },
      /validationMetric \("rmse" there, "relativeError" here\)/,
    ],
    optimizer: [{ optimizer: lbfgs() }, /optimizer\.type \("gnvpro" there, "lbfgs" here\)/],
    regularization: [{ regularization: { theta: 1 } }, /regularization/],
    scaling: [{ scaling: { inputs: 'none' } }, /scaling\.inputs \("auto" there, "none" here\)/],
    bias: [{ bias: false }, /bias \(true there, false here\)/],
    innerTolerance: [{ innerTolerance: 1e-7 }, /innerTolerance \(0\.000001 there, 1e-7 here\)/],
    levels: [{ levels: 2 }, /levels \(1 there, 2 here\)/],
    stop: [{ stop: { iterations: 15, gradient: 0, objective: 0 } }, /stop\.iterations \(14 there, 15 here\)/],
    nested: [{ nested: [{ samples: 20, iterations: 1 }] }, /nested/],
    starts: [{ starts: 2 }, /starts \(1 there, 2 here\)/],
    refit: [{ refit: true }, /refit \(false there, true here\)/],
    initialize: [{ initialize: 'svd' }, /initialize \("random" there, "svd" here\)/],
    seed: [{ seed: 4 }, /seed \(3 there, 4 here\)/],
    backend: [{ backend: 'native' }, /backend \("js" there, "native" here\)/],
  };
  for (const [name, [change, told]] of Object.entries(others)) {
    const message = new RegExp(`is of another training: these differ: .*${told.source}`);
    await t.rejects(train({ ...all, ...change, resume: true }), { code: 'ERR_CHECKPOINT', message }, name);
  }
  t.ok(before.equals(readFileSync(path)), 'it stays');

  const uninterrupted = await train({ ...given, validation: all.validation });
  const [{ estimatedBytes }] = uninterrupted.report.levels;
  const free: Partial<Record<keyof TrainOptions, Partial<TrainOptions>>> = {
    names: { names: { inputs: ['a', 'b', 'c'] } },
    baselines: { baselines: true },
    threads: { threads: 2 },
    memoryLimit: { memoryLimit: 2 * estimatedBytes },
    stop: { stop: { iterations: 14, gradient: 0, objective: 0, seconds: 1e6 } },
  };
  const expected = bitsOf(uninterrupted);
  for (const [name, change] of Object.entries(free)) {
    writeFileSync(path, before);
    t.strictSame(bitsOf(await train({ ...all, ...change, resume: true })), expected, `not by ${name}`);
  }
  // These tell only who listens, where the checkpoint is, or are tested elsewhere: smoothing and temperature with classes.
  const rest = [
    'signal',
    'onIteration',
    'onCheckpoint',
    'checkpoint',
    'resume',
    'precision',
    'initial',
    'labelSmoothing',
    'temperature',
  ];
  const known = new Set([...Object.keys(others), ...Object.keys(free), ...rest]);
  t.strictSame(
    records.map(({ name }) => name).filter((name) => !known.has(name)),
    [],
    'every option is in one of the lists',
  );
});

t.test('a damaged checkpoint is refused and stays, or is replaced where that is asked for', async (t) => {
  const path = join(t.testdir(), 'checkpoint');
  const all = { ...given, checkpoint: { path, every: 1 } };
  await left(all, 4);
  const whole = readFileSync(path);
  const flipped = (at: number) => whole.map((byte, k) => (k === at ? byte ^ 1 : byte));
  const damages: [string, Uint8Array, RegExp][] = [
    ['empty', whole.subarray(0, 0), /is empty/],
    ['cut off', whole.subarray(0, whole.length - 9), /damaged: it should have/],
    ['begun', whole.subarray(0, 30), /damaged: it ends after 30 bytes/],
    ['of a newer format', flipped(8).with(8, 2), /has format 2/],
    ...[40, whole.length >> 1, whole.length - 40, whole.length - 1].map((at): [string, Uint8Array, RegExp] => [
      `byte ${at}`,
      flipped(at),
      /damaged: its checksum/,
    ]),
  ];
  for (const [name, bytes, message] of damages) {
    for (const resume of [true, undefined]) {
      writeFileSync(path, bytes);
      await t.rejects(train({ ...all, resume }), { code: 'ERR_CHECKPOINT', message }, name);
      t.ok(readFileSync(path).equals(bytes), 'it is left as it is');
    }
    t.equal((await left({ ...all, resume: false }, 3)).report.checkpoint?.error, null);
  }
  for (const resume of [true, false, undefined]) {
    writeFileSync(path, 'a diary');
    await t.rejects(train({ ...all, resume }), { code: 'ERR_CHECKPOINT', message: /is not a gnvpro checkpoint/ });
    t.equal(readFileSync(path, 'utf8'), 'a diary');
  }
  await t.rejects(train({ ...given, checkpoint: join(path, '..') }), { code: 'EISDIR' });
  await t.rejects(train({ ...given, checkpoint: join(path, '..', 'no', 'where') }), {
    code: 'ENOENT',
    message: /no\/where/,
  });
  t.throws(() => trainSync({ ...given, checkpoint: join(path, '..', 'no', 'where') }), { code: 'ENOENT' });
});

t.test('where no checkpoint can be written the training goes on, and the last good one stays', async (t) => {
  const folder = t.testdir({ here: {} });
  const [here, away] = [join(folder, 'here'), join(folder, 'away')];
  const path = join(here, 'checkpoint');
  const events: CheckpointEvent[] = [];
  for (const run of [train, trainSync]) {
    events.length = 0;
    const { report } = await run({
      ...given,
      checkpoint: { path, every: 2 },
      resume: false,
      onCheckpoint: (event) => events.push(event),
      onIteration: ({ iteration }) => {
        if (iteration === 5) renameSync(here, away);
        if (iteration === 11) renameSync(away, here);
      },
    });
    t.equal(report.stop.status, 'iterationLimit');
    t.strictSame(
      events.map(({ type }) => type),
      ['written', 'written', ...Array(6).fill('failed'), 'written', 'written', 'written'],
    );
    t.match(report.checkpoint, { failed: 6, written: 5, error: `ENOENT: no such file or directory, write '${path}'` });
  }
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
  await train({
    ...given,
    checkpoint: { path, every: 1 },
    onIteration: ({ iteration }) => {
      if (iteration === 3) copyFileSync(path, join(folder, 'good'));
      if (iteration === 3) rmSync(here, { recursive: true });
    },
  });
  t.match(await warned, { name: 'CheckpointWarning', code: 'GNVPRO_CHECKPOINT', message: /goes on.*ENOENT/ });
  t.notOk(existsSync(path));
  const second = await train({ ...given, checkpoint: join(folder, 'good'), resume: true });
  t.strictSame(bitsOf(second), bitsOf(await train(given)));
});

t.test('numbers keep their bits, and arrays that are the same are stored once', async (t) => {
  const last = Float64Array.of(0, -0, NaN, Infinity, -Infinity, 5e-324, 0.1);
  const value = {
    last,
    best: last,
    numbers: [-0, 0, NaN, Infinity, -Infinity, 1e300, 5e-324, 0.1 + 0.2],
    word: 'NaN',
    none: null,
  };
  const arrays = new Map<Float64Array, number>();
  const json = JSON.stringify(toJson(value, arrays));
  t.equal(arrays.size, 1);
  const back = fromJson(JSON.parse(json), [...arrays.keys()], (found) => new Error(found));
  t.strictSame(back, value);
  t.ok(Object.is((back as typeof value).numbers[0], -0));
  t.throws(() => fromJson({ $: 7 }, [], (found) => new Error(found)), { message: /refers to 7/ });
  t.throws(() => fromJson({ $: ['map'] }, [], (found) => new Error(found)), { message: /refers to \["map"\]/ });
  t.throws(() => fromJson({ $: 'NaM' }, [], (found) => new Error(found)), { message: /refers to "NaM"/ });
});
