/** @file The report of a training, written when all is done; nothing reads it but the caller. */

import { type Task, usedOptions } from '../options/options.js';
import type { Report } from '../report/report.js';
import { version } from '../version.js';
import { type Best, betterOf, type Journal } from './phase/journal.js';
import type { Outcome } from './schedule/starts.js';

export function reportOf(
  task: Task,
  { members, heldOut, validation }: Outcome,
  journal: Journal,
  { baselines, checkpoint }: Pick<Report, 'baselines' | 'checkpoint'>,
): Report {
  const last = members[members.length - 1];
  const { record } = members.map(({ best }) => best).reduce<Best | null>(betterOf, null) as Best;
  return {
    stop: journal.stop ?? last.stop,
    iterations: journal.records,
    best: record.validation === validation ? record : { ...record, validation },
    levels: last.levels,
    workUnits: journal.workUnits,
    seconds: journal.seconds(),
    timings: journal.timings,
    memoryBytes: journal.memoryBytes,
    backend: task.backend,
    blas: last.problem.blas,
    threads: last.problem.threads,
    seed: task.seed,
    choice: task.choice,
    version,
    node: process.version,
    temperature: task.fitsTemperature ? last.best.temperature : null,
    heldOut,
    members: members.map(({ best }) => best.record.run),
    baselines: baselines.map(({ name, validation }) => ({ name, validation })),
    runs: journal.runs,
    checkpoint,
    used: used(task, members),
  };
}

/** Of several members, the start is that of the last and the regularisation that of the first. */
function used(task: Task, members: Outcome['members']): Report['used'] {
  const { run, problem } = members[members.length - 1];
  const { nested, initialize } = run;
  const [{ regularization }] = members;
  return usedOptions({ ...task, nested, initialize }, { regularization, scaling: problem.scalingNames });
}

/** What the model file says of its origin. */
export function trainingFacts(report: Report): Record<string, unknown> {
  const { version, seed, stop, best, workUnits, seconds, backend, used } = report;
  return { version, date: new Date().toISOString(), seed, backend, stop, best, workUnits, seconds, used };
}
