/** @file The search for the regularisation: from strong to weak, each run from the model before, the best kept. */
import t from 'tap';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { lbfgs } from '../../lib/optimizers/lbfgs.js';
import type { Report, RunSummary } from '../../lib/report/report.js';
import { mostRuns } from '../../lib/train/schedule/starts.js';
import { trainSync } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

const both = { theta: 'auto', W: 'auto' } as const;

function problem(more = {}) {
  return options({ ...smooth(60, 1, 0.05), validation: 0.3, regularization: both, ...more });
}

const deep = sequential([dense(4), tanh(), residual(antisymmetricDense(), { time: 1, nodes: 2 })]);

const alphas = ({ regularization: { theta, W } }: RunSummary) => [theta, W] as [number, number];
const recordsOf = ({ iterations }: Report, run: number) => iterations.filter((record) => record.run === run);

t.test('decades from 1 on, each from the best point of the run before once there is a gain', async (t) => {
  const { report } = trainSync(problem());
  t.ok(report.runs.every(({ purpose }) => purpose === 'search'));
  for (const [k, decade] of [1, 0.1, 0.01].entries()) {
    for (const alpha of alphas(report.runs[k])) t.ok(Math.abs(alpha / decade - 1) < 1e-12, `run ${k + 1}: ${alpha}`);
  }
  for (const run of [3, 4]) {
    const [before] = alphas(report.runs[run - 2]);
    const [after] = alphas(report.runs[run - 1]);
    // ½ α ‖θ‖² of the same θ.
    const [first] = recordsOf(report, run);
    const ratio = first.regularizationTheta / report.runs[run - 2].best.regularizationTheta;
    t.ok(Math.abs((ratio * before) / after - 1) < 1e-12, `run ${run} begins where the one before was best`);
  }
  const least = Math.min(...report.runs.map(({ best }) => best.validation as number));
  t.equal(report.best.validation, least, 'the best of all');
  t.equal(report.heldOut, least);
  const winner = report.runs[report.best.run - 1];
  t.strictSame(report.used.regularization, winner.regularization, 'with its numbers');
  const halves = report.runs.filter((run) => Math.abs((2 * Math.log10(alphas(run)[0])) % 2) > 0.5);
  t.ok(halves.length > 0, 'half decades around the best');
  const [short, last] = [recordsOf(report, 1).length, recordsOf(report, report.runs.length).length];
  t.ok(short <= 21, `${short} records of the first run`);
  t.equal(report.runs[report.runs.length - 1].stop.status, 'validation', `${last}: the last run goes by all rules`);
});

t.test('the sweep ends after three decades without a gain', async (t) => {
  const { report } = trainSync(problem({ ...smooth(60, 1, 0.5) }));
  const thetas = report.runs.map((run) => alphas(run)[0]);
  const metrics = report.runs.map(({ best }) => best.validation as number);
  const end = thetas.findIndex((theta, k) => k > 0 && theta > thetas[k - 1]);
  t.ok(thetas[end - 1] > 1e-11, `down to ${thetas[end - 1]}`);
  const before = Math.min(...metrics.slice(0, end - 3));
  t.ok(Math.min(...metrics.slice(end - 3, end)) >= 0.997 * before, `${metrics.slice(0, end)}`);
});

t.test('it goes up where the strongest is best', async (t) => {
  const { inputs } = smooth(60);
  const turned = { inputs, targets: inputs.map(([x]) => [-x]) }; // what is learnt is wrong there
  const { report } = trainSync(problem({ inputs, targets: inputs.map(([x]) => [x]), validation: turned }));
  const thetas = report.runs.map((run) => alphas(run)[0]);
  t.ok(Math.max(...thetas) > 1, `up to ${Math.max(...thetas)}`);
  t.ok((report.used.regularization as { theta: number }).theta > 1, 'and stays there');
});

t.test(
  'regularisation that takes all weights to 0 does not keep what no linear model can say from being found',
  async (t) => {
    const { inputs } = smooth(60);
    const { report } = trainSync(problem({ targets: inputs.map(([x, y]) => [x * y]) }));
    t.ok((report.best.validation as number) < 0.02, `RMSE ${report.best.validation}`);
  },
);

t.test('what is given stays', async (t) => {
  const theta = trainSync(problem({ regularization: { theta: 'auto', W: 1e-6 } })).report;
  t.ok(theta.runs.every((run) => alphas(run)[1] === 1e-6));
  t.ok(new Set(theta.runs.map((run) => alphas(run)[0])).size > 4);
  const { inputs } = smooth(60);
  const labels = inputs.map(([x, y]) => (x * y > 0 ? 'same' : 'other'));
  const classes = problem({ targets: labels, loss: 'crossEntropy', regularization: { theta: 1e-3, W: 'auto' } });
  const { report } = trainSync(classes);
  t.ok(report.runs.every((run) => alphas(run)[0] === 1e-3));
  t.equal(alphas(report.runs[0])[1], 1);
  t.ok(new Set(report.runs.map((run) => alphas(run)[1])).size > 3);
  const gcv = trainSync({ ...problem({ regularization: { W: 'auto' } }), stop: { iterations: 3 } }).report;
  t.equal(gcv.runs.length, 1, 'cross validation needs one run');
});

t.test('weights that are given are the start of every run', async (t) => {
  const initialize = Float64Array.from({ length: 24 }, (_, k) => Math.sin(k + 1));
  const { report } = trainSync(problem({ initialize, stop: { iterations: 4 } }));
  const halfSquare = initialize.reduce((sum, w) => sum + (w * w) / 2, 0);
  for (const run of [1, 2, 3]) {
    const [{ regularizationTheta }] = recordsOf(report, run);
    t.ok(Math.abs(regularizationTheta / (alphas(report.runs[run - 1])[0] * halfSquare) - 1) < 1e-12, `run ${run}`);
  }
});

t.test('rules, levels, other methods', async (t) => {
  const short = trainSync(problem({ stop: { iterations: 2 } })).report;
  for (let run = 1; run <= short.runs.length; run++) t.ok(recordsOf(short, run).length <= 3, `run ${run}`);
  const joint = trainSync(problem({ optimizer: lbfgs({ objective: 'joint' }), stop: { iterations: 30 } })).report;
  t.ok((joint.best.validation as number) < 0.4, `L-BFGS on θ and W: ${joint.best.validation}`);
  const levels = trainSync(problem({ network: deep, levels: 2, stop: { iterations: 3 } })).report;
  t.equal(Math.max(...recordsOf(levels, 1).map(({ level }) => level)), 1, 'the sweep on the first level');
  t.equal(levels.iterations[levels.iterations.length - 1].level, 2, 'the last run on all');
  t.ok(joint.runs.length > 4);
});

t.test('how many runs there are at most', async (t) => {
  t.equal(mostRuns(options({ starts: 3 })), 3);
  t.equal(
    mostRuns(options({ regularization: { W: 'auto' }, starts: 2, refit: true })),
    4,
    'cross validation needs none',
  );
  const given = problem({ starts: 2, refit: true, stop: { iterations: 2 } });
  const { runs } = trainSync(given).report;
  t.ok(runs.length <= mostRuns(given), `${runs.length} of ${mostRuns(given)}`);
  t.ok(mostRuns(given) < 100);
});

t.test('what stops the search leaves the best of its runs', async (t) => {
  const { report, model } = trainSync(problem({ onIteration: ({ run }: { run: number }) => run < 3 }));
  t.equal(report.stop.status, 'aborted');
  t.equal(report.runs.length, 3);
  t.equal(report.best.validation, Math.min(...report.runs.map(({ best }) => best.validation as number)));
  t.ok(model.predictSync([[0.1, 0.2, 0.3]]).data.every(Number.isFinite));
  const limited = trainSync(problem({ stop: { seconds: 1e-9 } })).report;
  t.equal(limited.stop.status, 'timeLimit');
  t.equal(limited.runs.length, 1);
});
