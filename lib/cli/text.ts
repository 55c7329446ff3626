/** @file Results in words and columns, for people at a terminal. */
import type { AnyMetrics } from '../loss/meaning.js';
import type { Report } from '../report/report.js';
import { printableName } from '../validate/printable.js';
import { baselineParts, type MeasuredBaseline, unbeaten } from './baselines.js';
import { amount, kindOf } from './kinds.js';
import { duration, short } from './numbers.js';
import type { PartMetrics } from './parts.js';

/** Columns side by side, the first to the left, numbers to the right. */
export function table(lines: readonly (readonly string[])[]): string {
  const rows = lines.map((cells) => cells.map(printableName));
  const widths = rows[0].map((_, j) => Math.max(...rows.map((row) => row[j].length)));
  return rows
    .map((row) => row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j]) : cell.padStart(widths[j]))).join('  '))
    .join('\n');
}

type Parts = Readonly<Record<string, AnyMetrics | null>>;

/** One row for each part of the data that there is, `others` after them; then the single outputs of the last part. */
export function metricsTable(parts: Parts, others: Parts = {}, names: readonly string[] | null = null): string {
  const present = presentOf(parts);
  const [name, metrics] = present[present.length - 1];
  const overall = rowsOf([...present, ...presentOf(others)]);
  return [overall, ...kindOf(metrics).outputs(metrics, name, names)].map(table).join('\n\n');
}

/** A row of headings, and one for each part of the data that there is; null where there is none. */
export function overallRows(parts: Parts): string[][] | null {
  const present = presentOf(parts);
  return present.length === 0 ? null : rowsOf(present);
}

type Present = readonly (readonly [name: string, metrics: AnyMetrics])[];

function presentOf(parts: Parts): Present {
  return Object.entries(parts).flatMap(([name, metrics]) => (metrics === null ? [] : [[name, metrics] as const]));
}

function rowsOf(present: Present): string[][] {
  const { measures } = kindOf(present[0][1]);
  const rows = present.map(([name, metrics]) => [
    name,
    amount(metrics.samples),
    ...measures.map(({ value, text }) => text(value(metrics))),
  ]);
  return [['', 'samples', ...measures.map(({ heading }) => heading)], ...rows];
}

export function describeTraining(
  report: Report,
  parts: PartMetrics,
  baselines: readonly MeasuredBaseline[],
  { out, names }: { out: string; names: readonly string[] | null },
): string {
  const { stop, iterations, workUnits, seconds, memoryBytes } = report;
  const facts = `${iterations.length - 1} iterations, ${workUnits} work units, ${duration(seconds)}, ${(memoryBytes / 2 ** 20).toFixed(0)} MiB`;
  return [
    `${stop.status}: ${stop.message}`,
    `${facts}; ${describeModel(report)}`,
    '',
    metricsTable(parts, baselineParts(baselines), names),
    '',
    ...unbeaten(parts, baselines).flatMap((sentence) => [sentence, '']),
    `Saved in ${out}`,
  ].join('\n');
}

function describeModel({ best, heldOut, members }: Report): string {
  const what =
    members.length > 1
      ? `the model is the mean of runs ${members.join(', ')}`
      : `the model is iteration ${best.iteration}, objective ${best.objective.toExponential(4)}`;
  if (best.validation === null || heldOut === best.validation) return what;
  return `${what}\nvalidation metric ${short(best.validation)} after the refit on these samples, too; ${short(heldOut ?? Number.NaN)} before, as new samples`;
}
