/** @file The search: who goes on follows from the metrics, and the best is what train() makes of its options. */
import t from 'tap';
import { adam, dense, Random, type RungResult, search, sequential, type Trial, tanh, train } from '../../lib/index.js';
import { smooth } from '../train/problem.js';

const network = (units: number) => sequential([dense(units), tanh()]);
const training = { ...smooth(60, 1, 0.05), validation: 0.3, stop: { iterations: 12 } };
const space = { network: [1, 2, 4, 6].map(network), regularization: [1e-6, 1e-3, 1].map((theta) => ({ theta })) };
const told = ({ options, rungs, metric, status }: Trial) => ({ options, rungs, metric, status });

t.test('halves by the metrics', async (t) => {
  const { best, trials, stop, metric } = await search(training, space, { first: 20, factor: 3, concurrency: 1 });
  t.equal(metric, 'rmse');
  t.equal(stop.status, 'done');
  const combinations = space.network.flatMap((network) =>
    space.regularization.map((theta) => ({ network, regularization: theta })),
  );
  t.same(
    trials.map(({ options }) => options),
    combinations,
    'in the order of the space',
  );
  // 12 trials, the best 4 of them, the best 2 of those by their own rules, unless they had ended before.
  let alive = [...trials.keys()];
  for (const [rung, limit, left] of [
    [0, 20, 4],
    [1, 60, 2],
  ] as const) {
    const at = (k: number): RungResult => trials[k].rungs[Math.min(rung, trials[k].rungs.length - 1)];
    for (const k of alive) {
      const { mostWorkUnits, workUnits } = at(k);
      if (trials[k].rungs.length > rung) t.equal(mostWorkUnits, limit);
      if (trials[k].rungs.length > rung + 1) t.ok(workUnits >= limit, 'only what was cut goes on');
    }
    const survivors = [...alive].sort((a, b) => at(a).metric - at(b).metric).slice(0, left);
    for (const k of alive) {
      if (survivors.includes(k)) continue;
      t.ok(trials[k].rungs.length <= rung + 1, `trial ${k} gets no more`);
    }
    alive = survivors;
  }
  t.ok(alive.every((k) => trials[k].status === 'finished'));
  t.ok(trials.filter(({ status }) => status === 'stopped').length >= 6, 'the hopeless were stopped');
  t.equal(best.metric, Math.min(...trials.map(({ metric }) => metric as number)));
  const { model, report } = await train({ ...training, ...best.options } as never);
  t.same([best.model.theta, best.model.W], [model.theta, model.W], 'to the bit');
  t.equal(report.heldOut, best.metric);
  const first = trials[0];
  const cut = await train({
    ...training,
    ...first.options,
    onIteration: ({ workUnits }: { workUnits: number }) => workUnits < 20,
  } as never);
  t.match(first.rungs[0], { workUnits: cut.report.workUnits, metric: cut.report.heldOut });
  const several = await search(training, space, { first: 20, factor: 3, concurrency: 4 });
  t.same(several.trials.map(told), trials.map(told), 'whatever runs at a time');
  t.same(several.best.model.theta, best.model.theta);
});

t.test('some of the trials, or trials one by one', async (t) => {
  const { trials } = await search(training, space, { trials: 4, seed: 3, first: 20 });
  const drawn = [...new Random(3).permutation(12).slice(0, 4)].sort((a, b) => a - b);
  const all = space.network.flatMap((network) =>
    space.regularization.map((theta) => ({ network, regularization: theta })),
  );
  t.same(
    trials.map(({ options }) => options),
    drawn.map((k) => all[k]),
  );
  const list = [{ network: network(2), bias: false }, { network: network(3) }];
  const { trials: two, best } = await search(training, list);
  t.match(two, [{ status: 'finished', rungs: [{ mostWorkUnits: Infinity }] }, { status: 'finished' }]);
  t.equal(two[1].report?.used.bias, true, 'a trial has nothing of the others');
  t.equal(best.model.bias, best.options.bias ?? true);
});

t.test('a trial that fails is told', async (t) => {
  const wild = sequential([dense(2, { initializer: { scale: 1e300 } }), dense(2, { initializer: { scale: 1e300 } })]);
  const { trials, best } = await search(training, [{ network: wild }, { network: network(2) }]);
  t.match(trials[0], { status: 'failed', metric: null, report: null, error: { code: 'ERR_NONFINITE' } });
  t.equal(best.options, trials[1].options);
});

t.test('a time limit leaves what is found', async (t) => {
  const endless = {
    ...training,
    optimizer: adam(),
    stop: { gradient: 0, objective: 0, step: 0, patience: Infinity, workUnits: Infinity },
  };
  const trialsOf = [1, 2, 3, 4, 5, 6].map((units) => ({ network: network(units) }));
  const { stop, trials, best } = await search(endless, trialsOf, { first: 10, factor: 2, seconds: 2 });
  t.equal(stop.status, 'timeLimit');
  t.ok(trials.some(({ status }) => status === 'aborted') && trials.some(({ status }) => status === 'stopped'));
  t.equal(best.metric, Math.min(...trials.map(({ metric }) => metric ?? Infinity)));
});

t.test('misuse', async (t) => {
  const refused = (given: object, what: unknown, options: object, message: RegExp, code = 'ERR_OPTION') =>
    t.rejects(search({ ...training, ...given } as never, what as never, options), { code, message });
  await refused({ validation: undefined }, space, {}, /Expected validation data with search/);
  await refused({}, { networks: [] }, {}, /Unknown option "networks" of the space. Did you mean "network"/);
  await refused({}, { network: [] }, {}, /an array of values for network of the space/);
  await refused({}, { network: network(2) }, {}, /an array of values for network/);
  await refused({}, [], {}, /at least one trial/);
  await refused({}, { ...space, loss: ['leastSquares'] }, {}, /Unknown option "loss" of the space/);
  await refused({}, [{ network: tanh }], {}, /Call it: write tanh\(\)/, 'ERR_LAYER');
  await refused({}, space, { factor: 1 }, /factor/);
});
