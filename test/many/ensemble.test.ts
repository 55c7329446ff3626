/** @file Ensembles against their members, trained and averaged by hand. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { classificationMetrics, dense, Ensemble, ensemble, Model, Random, train } from '../../lib/index.js';
import { deviation, labelled, mean, training } from './problem.js';

const { inputs, targets } = training;
const thetaOf = ({ members }: Ensemble) => members.map(({ theta }) => [...theta]);

t.test('seeds: each member as train() makes it', async (t) => {
  const given = { ...training, validation: 0.25, seed: 7 };
  const { ensemble: one, members, stop } = await ensemble(given, { members: 3, concurrency: 1 });
  const { ensemble: three } = await ensemble(given, { members: 3, concurrency: 3 });
  const byHand = await Promise.all([7, 8, 9].map((seed) => train({ ...given, seed })));
  t.same(
    thetaOf(one),
    byHand.map(({ model }) => [...model.theta]),
  );
  t.same(thetaOf(three), thetaOf(one), 'the same bits whatever runs at a time');
  t.match(
    members,
    [7, 8, 9].map((seed, k) => ({ seed, error: null, report: { heldOut: byHand[k].report.heldOut } })),
  );
  t.equal(stop.status, 'done');
});

t.test('mean and deviation over the members', async (t) => {
  const { ensemble: some } = await ensemble(training, { members: 4 });
  const X = [
    [0.1, 0.2, -0.3],
    [0.5, -0.5, 0.9],
  ];
  const each = await Promise.all(some.members.map((member) => member.predict(X)));
  const spread = await some.predict(X);
  t.same(
    [spread.mean.shape, spread.deviation.shape],
    [
      [2, 2],
      [2, 2],
    ],
  );
  for (let i = 0; i < 4; i++) {
    const values = each.map(({ data }) => data[i]);
    t.ok(Math.abs(spread.mean.data[i] - mean(values)) < 1e-15);
    t.ok(Math.abs(spread.deviation.data[i] - deviation(values)) < 1e-15);
  }
  const { data } = (await some.predict(inputs)).mean;
  const squares = targets.flatMap((row, n) => row.map((c, j) => (data[2 * n + j] - c) ** 2));
  t.ok(Math.abs((await some.evaluate(inputs, targets)).rmse - Math.sqrt(mean(squares))) < 1e-15);
  const alone = new Ensemble(some.members.slice(0, 1));
  t.ok((await alone.predict(X)).deviation.data.every(Number.isNaN), 'one member has no deviation');
});

t.test('bootstrap: as many draws as samples, the others validate', async (t) => {
  const { ensemble: some } = await ensemble({ ...training, seed: 4 }, { members: 2, from: 'bootstrap' });
  const byHand = [4, 5].map((seed) => {
    const random = new Random(seed);
    const counts = new Array(60).fill(0);
    for (let n = 0; n < 60; n++) counts[random.integer(60)]++;
    const left = counts.map((count) => Number(count === 0));
    const validation = { inputs, targets, sampleWeights: left };
    return train({ ...training, seed, sampleWeights: counts, validation });
  });
  t.same(
    thetaOf(some),
    (await Promise.all(byHand)).map(({ model }) => [...model.theta]),
  );
});

t.test('folds: each sample is left out once', async (t) => {
  const { members } = await ensemble(training, { members: 4, from: 'folds' });
  for (const { report } of members) t.ok(Number.isFinite(report?.heldOut), 'the fold validates');
  const { ensemble: other } = await ensemble(training, { members: 4, from: 'folds', concurrency: 3 });
  const { ensemble: again } = await ensemble(training, { members: 4, from: 'folds', concurrency: 1 });
  t.same(thetaOf(again), thetaOf(other));
});

t.test('classes: by mean probabilities', async (t) => {
  const data = labelled();
  const { ensemble: some } = await ensemble(data, { members: 3 });
  const each = await Promise.all(some.members.map((member) => member.predictProbabilities(data.inputs)));
  const shares = { data: each[0].data.map((_, i) => mean(each.map(({ data }) => data[i]))), shape: each[0].shape };
  const { mean: told, deviation: spread } = await some.predictProbabilities(data.inputs);
  t.ok(told.data.every((p, i) => Math.abs(p - shares.data[i]) < 1e-15));
  t.ok(Math.abs(spread.data[4] - deviation(each.map(({ data }) => data[4]))) < 1e-15);
  const { classes } = some;
  t.same(classes, ['above', 'below', 'rare']);
  const expected = classificationMetrics(told, data.targets, { classes: classes ?? [], scores: 'probabilities' });
  const { crossEntropy, calibrationError, reliability, ...counted } = await some.evaluate(data.inputs, data.targets);
  t.match(expected, counted);
  t.ok(Math.abs(crossEntropy - expected.crossEntropy) < 1e-12);
  t.ok(Math.abs(calibrationError - expected.calibrationError) < 1e-12);
  const samplesOf = (bins: typeof reliability) => bins.map(({ samples }) => samples);
  t.same(samplesOf(reliability), samplesOf(expected.reliability));
  const names = await some.predictClasses(data.inputs);
  t.equal(mean(names.map((name, n) => Number(name === data.targets[n]))), expected.accuracy);
  await t.rejects((await ensemble(training, { members: 2 })).ensemble.predictClasses(inputs), { code: 'ERR_STATE' });
});

t.test('one file', async (t) => {
  const folder = t.testdir();
  const [file, single] = [join(folder, 'ensemble.gnvpro'), join(folder, 'model.gnvpro')];
  const { ensemble: some } = await ensemble({ ...labelled(), names: { inputs: ['a', 'b'] } }, { members: 2 });
  await some.save(file);
  const loaded = await Ensemble.load(file);
  t.same(await loaded.predict([[1, 2]]), await some.predict([[1, 2]]));
  t.same([loaded.names.inputs, loaded.classes, loaded.loss], [['a', 'b'], some.classes, 'crossEntropy']);
  t.same(loaded.toBytes(), some.toBytes());
  await some.members[0].save(single);
  const refused = (path: Promise<unknown>, message: RegExp) => t.rejects(path, { code: 'ERR_MODEL_FILE', message });
  await refused(Ensemble.load(single), /single model: read it by Model.load/);
  await refused(Model.load(file), /file of an ensemble: read it by Ensemble.load/);
  const bytes = some.toBytes();
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(file, bytes);
  await refused(Ensemble.load(file), /damaged: its checksum/);
  loaded.dispose();
  await t.rejects(loaded.predict([[1, 2]]), { code: 'ERR_DISPOSED' });
});

t.test('misuse, and members that fail', async (t) => {
  const refused = (given: object, options: object, message: RegExp) =>
    t.rejects(ensemble({ ...training, ...given }, options), { code: 'ERR_OPTION', message });
  await refused({}, { members: 1 }, /members/);
  await refused({}, { from: 'seed' }, /Did you mean "seeds"/);
  await refused({ validation: 0.2 }, { from: 'bootstrap' }, /samples that ensemble holds back decide/);
  const { model } = await train({ ...training, network: dense(2), targets: targets.map(([y]) => [y]) });
  const { model: other } = await train(training);
  t.throws(() => new Ensemble([model, other]), {
    code: 'ERR_SHAPE',
    message: /3 → 1, leastSquares, but member 1 has 3 → 2/,
  });
  t.throws(() => new Ensemble([]), { code: 'ERR_OPTION' });
  // Two samples of the second class: some draws have none.
  const rare = { ...labelled(), targets: inputs.concat(inputs.slice(0, 3)).map((_, n) => (n < 2 ? 'a' : 'b')) };
  const { members, ensemble: some } = await ensemble(rare, { members: 12, from: 'bootstrap' });
  const failed = members.filter(({ error }) => error !== null);
  t.ok(failed.length > 0 && failed.every(({ error, report }) => error?.code === 'ERR_LABEL' && report === null));
  t.equal(some.members.length, 12 - failed.length);
});
