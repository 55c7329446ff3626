/** @file The mean of several starts: who has a place in it, and what the report tells of it and of refits. */
import t from 'tap';
import type { TrainOptions } from '../../lib/options/trainOptions.js';
import { trainSync } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

const validation = smooth(30, 7, 0.02);

function starts(more: Partial<TrainOptions> = {}) {
  return trainSync(options({ ...smooth(40, 1, 0.02), validation, starts: 8, stop: { iterations: 12 }, ...more }));
}

t.test('bad members are left out, and the report tells the metric of the model itself', async (t) => {
  const { model, report } = starts();
  const metrics = report.runs.map(({ best }) => best.validation as number);
  const least = Math.min(...metrics);
  t.ok(
    metrics.some((metric) => metric > 1.5 * least),
    `there is a bad one: ${metrics}`,
  );
  for (const run of report.members) t.ok(metrics[run - 1] <= 1.5 * least, `run ${run}: ${metrics[run - 1]}`);
  const { rmse } = model.evaluateSync(validation.inputs, validation.targets);
  const told = report.best.validation as number;
  t.ok(Math.abs(told / rmse - 1) < 1e-9, `${told} is told, ${rmse} is measured`);
  t.ok(told <= least);
  t.equal(report.heldOut, told);
  t.equal(model.features, 6 * report.members.length);
  t.equal(report.best.run, metrics.indexOf(least) + 1, 'the record of the best member');
});

t.test('without validation data by the objective', async (t) => {
  const { model, report } = starts({ validation: undefined });
  const objectives = report.runs.map(({ best }) => best.objective);
  const least = Math.min(...objectives);
  t.ok(
    objectives.some((objective) => objective > 2 * least),
    `there is a bad one: ${objectives}`,
  );
  t.strictSame(
    report.members,
    objectives.flatMap((objective, k) => (objective <= 2 * least ? [k + 1] : [])),
  );
  t.equal(report.best.validation, null);
  t.equal(report.heldOut, null);
  t.equal(model.features, 6 * report.members.length);
});

t.test('a refit was fitted to the validation samples: the metric before it is told, too', async (t) => {
  const held = smooth(30, 7, 0.3);
  const noisy = { ...smooth(60, 1, 0.3), validation: held, starts: 3 };
  for (const more of [{}, { starts: 1 }, { starts: 2, regularization: { theta: 'auto', W: 'auto' } as const }]) {
    const { model, report } = starts({ ...noisy, refit: true, ...more });
    const before = starts({ ...noisy, ...more }).report;
    t.equal(report.heldOut, before.best.validation, 'of what was repeated, on new samples');
    const { rmse } = model.evaluateSync(held.inputs, held.targets);
    t.ok(Math.abs((report.best.validation as number) / rmse - 1) < 1e-9, 'of the model itself');
    t.ok(report.members.every((run) => report.runs[run - 1].purpose === 'refit'));
    t.ok((report.best.validation as number) < 1.1 * (report.heldOut as number));
    t.equal(report.used.validationMetric, 'rmse');
  }
});

t.test('the model says the same of its training', async (t) => {
  const { model, report } = starts({ starts: 3 });
  const { training } = model as unknown as { training: { best: { validation: number }; workUnits: number } };
  t.equal(training.best.validation, report.best.validation);
  t.equal(training.workUnits, report.workUnits);
});

t.test('an aborted training has the mean of what it found', async (t) => {
  for (const refit of [false, true]) {
    const controller = new AbortController();
    const onIteration = ({ run }: { run: number }) => {
      if (run === 3) controller.abort();
    };
    const { model, report } = starts({ refit, onIteration, signal: controller.signal });
    t.equal(report.stop.status, 'aborted');
    t.ok(report.members.every((run) => run <= 3));
    const { rmse } = model.evaluateSync(validation.inputs, validation.targets);
    t.ok(Math.abs((report.best.validation as number) / rmse - 1) < 1e-9);
  }
});
