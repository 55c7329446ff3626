/** @file Results in words and columns, for people at a terminal. */
import type { Metrics } from '../report/metrics.js';
import type { Report } from '../report/report.js';
import { duration } from './progress.js';

/** Columns side by side, the first to the left, numbers to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, j) => Math.max(...rows.map((row) => row[j].length)));
  return rows
    .map((row) => row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j]) : cell.padStart(widths[j]))).join('  '))
    .join('\n');
}

const metricNames = ['samples', 'relative error', 'worst sample', 'RMSE', 'R²'];

/** One row for each part of the data that there is. */
export function metricsTable(parts: Readonly<Record<string, Metrics | null>>): string {
  const rows = Object.entries(parts).flatMap(([name, metrics]) => (metrics === null ? [] : [row(name, metrics)]));
  return table([['', ...metricNames], ...rows]);
}

function row(name: string, { samples, relativeError, rmse, r2 }: Metrics): string[] {
  return [name, String(samples), percent(relativeError.mean), percent(relativeError.max), short(rmse), short(r2)];
}

export function describeTraining(report: Report, parts: Readonly<Record<string, Metrics | null>>, out: string): string {
  const { stop, iterations, workUnits, seconds, best, memoryBytes } = report;
  const facts = `${iterations.length - 1} iterations, ${workUnits} work units, ${duration(seconds)}, ${(memoryBytes / 2 ** 20).toFixed(0)} MiB`;
  return [
    `${stop.status}: ${stop.message}`,
    `${facts}; the model is iteration ${best.iteration}, objective ${best.objective.toExponential(4)}`,
    '',
    metricsTable(parts),
    '',
    `Saved in ${out}`,
  ].join('\n');
}

const percent = (value: number) => (Number.isFinite(value) ? `${(100 * value).toPrecision(3)} %` : '–');
const short = (value: number) => (Number.isFinite(value) ? value.toPrecision(5) : '–');
