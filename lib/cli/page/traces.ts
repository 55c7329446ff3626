/** @file The records of a training as curves: one for each of its runs, each from its own start. */
import type { Timing, Trace } from '../../page/document.js';
import type { IterationRecord } from '../../report/report.js';
import type { SavedReport, SavedResults } from '../savedResults.js';
import { withOther } from './facts.js';
import { methodName } from './words.js';

export function tracesOf({ report, history }: SavedResults): Trace[] {
  const runs = new Map<number, IterationRecord[]>();
  for (const record of history) runs.set(record.run, [...(runs.get(record.run) ?? []), record]);
  let before = { workUnits: 0, seconds: 0 };
  return [...runs].map(([run, records]) => {
    const { workUnits, seconds } = before;
    const most = Math.max(...records.map(({ samples }) => samples));
    before = records[records.length - 1];
    return {
      ...nameOf(report, run),
      points: records.map((record) => ({
        ...record,
        isOfBatch: record.samples < most,
        workUnits: record.workUnits - workUnits,
        seconds: record.seconds - seconds,
      })),
    };
  });
}

/** Runs of one purpose are seeds of one method. */
function nameOf(report: SavedReport, run: number): { method: string; seed: number } {
  const method = methodName(report);
  const summary = report.runs[run - 1];
  if (summary === undefined) return { method, seed: report.seed };
  const one = report.runs.every(({ purpose }) => purpose === summary.purpose);
  return { method: one ? method : `${method}, ${summary.purpose}`, seed: summary.seed };
}

export function timingOf(report: SavedReport): Timing {
  return withOther({ method: methodName(report), ...report.timings }, report.seconds);
}
