/** @file Results in words and columns, for people at a terminal. */

import type { AnyMetrics } from '../loss/meaning.js';
import type { ClassificationMetrics } from '../metrics/classification.js';
import type { Metrics } from '../metrics/metrics.js';
import type { MultiLabelMetrics } from '../metrics/multiLabel.js';
import type { Report } from '../report/report.js';
import { printableName } from '../validate/printable.js';
import { baselineParts, type MeasuredBaseline, unbeaten } from './baselines.js';
import { duration, percent, short } from './numbers.js';
import type { PartMetrics } from './parts.js';

/** Columns side by side, the first to the left, numbers to the right. */
export function table(lines: readonly (readonly string[])[]): string {
  const rows = lines.map((cells) => cells.map(printableName));
  const widths = rows[0].map((_, j) => Math.max(...rows.map((row) => row[j].length)));
  return rows
    .map((row) => row.map((cell, j) => (j === 0 ? cell.padEnd(widths[j]) : cell.padStart(widths[j]))).join('  '))
    .join('\n');
}

type Parts<M> = Readonly<Record<string, M | null>>;

/** One row for each part of the data that there is; of a classifier also the classes of the last part. `others` follow. */
export function metricsTable(parts: Parts<AnyMetrics>, others: Parts<AnyMetrics> = {}): string {
  const present = presentOf(parts);
  const [, first] = present[0];
  const blocks = [table(rowsOf([...present, ...presentOf(others)]))];
  if ('confusion' in first) blocks.push(...classTables(present as Present<ClassificationMetrics>));
  else if ('exactMatch' in first) blocks.push(labelTable(present as Present<MultiLabelMetrics>));
  return blocks.join('\n\n');
}

/** A row of headings, and one for each part of the data that there is; null where there is none. */
export function overallRows(parts: Parts<AnyMetrics>): string[][] | null {
  const present = presentOf(parts);
  return present.length === 0 ? null : rowsOf(present);
}

type Present<M> = readonly (readonly [name: string, metrics: M])[];

function presentOf(parts: Parts<AnyMetrics>): Present<AnyMetrics> {
  return Object.entries(parts).flatMap(([name, metrics]) => (metrics === null ? [] : [[name, metrics] as const]));
}

function rowsOf(present: Present<AnyMetrics>): string[][] {
  const [, first] = present[0];
  if ('confusion' in first) return classRows(present as Present<ClassificationMetrics>);
  if ('exactMatch' in first) return labelRows(present as Present<MultiLabelMetrics>);
  const names = ['samples', 'relative error', 'worst sample', 'RMSE', 'R²'];
  return [['', ...names], ...(present as Present<Metrics>).map(([name, metrics]) => row(name, metrics))];
}

function row(name: string, { samples, relativeError, rmse, r2 }: Metrics): string[] {
  return [name, amount(samples), percent(relativeError.mean), percent(relativeError.max), short(rmse), short(r2)];
}

function classRows(parts: Present<ClassificationMetrics>): string[][] {
  const whole = parts.map(([name, { samples, accuracy, crossEntropy, calibrationError }]) => [
    name,
    amount(samples),
    percent(accuracy),
    short(crossEntropy),
    percent(calibrationError),
  ]);
  return [['', 'samples', 'accuracy', 'cross entropy', 'calibration error'], ...whole];
}

function labelRows(parts: Present<MultiLabelMetrics>): string[][] {
  const whole = parts.map(([name, { samples, exactMatch, crossEntropy }]) => [
    name,
    amount(samples),
    percent(exactMatch),
    short(crossEntropy),
  ]);
  return [['', 'samples', 'all labels right', 'cross entropy'], ...whole];
}

/** More classes than these make the confusion matrix too wide to read. */
const mostClasses = 12;

function classTables(parts: Present<ClassificationMetrics>): string[] {
  const [name, { classes, confusion }] = parts[parts.length - 1];
  const each = classes.map((one) => [
    String(one.class),
    ...[one.precision, one.recall, one.f1].map((share) => percent(share ?? Number.NaN)),
    amount(one.support),
  ]);
  const blocks = [table([[`class (${name})`, 'precision', 'recall', 'F1', 'samples'], ...each])];
  if (classes.length <= mostClasses) {
    const names = classes.map((one) => String(one.class));
    const rows = confusion.map((counts, i) => [names[i], ...counts.map(amount)]);
    blocks.push(table([['true \\ predicted', ...names], ...rows]));
  }
  return blocks;
}

function labelTable(parts: Present<MultiLabelMetrics>): string {
  const [name, { labels }] = parts[parts.length - 1];
  const each = labels.map(({ accuracy, precision, recall, support }, j) => [
    String(j),
    ...[accuracy, precision, recall].map((share) => percent(share ?? Number.NaN)),
    amount(support),
  ]);
  return table([[`label (${name})`, 'accuracy', 'precision', 'recall', 'samples'], ...each]);
}

export function describeTraining(
  report: Report,
  parts: PartMetrics,
  baselines: readonly MeasuredBaseline[],
  out: string,
): string {
  const { stop, iterations, workUnits, seconds, memoryBytes } = report;
  const facts = `${iterations.length - 1} iterations, ${workUnits} work units, ${duration(seconds)}, ${(memoryBytes / 2 ** 20).toFixed(0)} MiB`;
  return [
    `${stop.status}: ${stop.message}`,
    `${facts}; ${describeModel(report)}`,
    '',
    metricsTable(parts, baselineParts(baselines)),
    '',
    ...unbeaten(parts, baselines).flatMap((sentence) => [sentence, '']),
    `Saved in ${out}`,
  ].join('\n');
}

/** A number of samples: a sum of weights. */
const amount = (value: number) => String(Number(value.toPrecision(9)));

function describeModel({ best, heldOut, members }: Report): string {
  const what =
    members.length > 1
      ? `the model is the mean of runs ${members.join(', ')}`
      : `the model is iteration ${best.iteration}, objective ${best.objective.toExponential(4)}`;
  if (best.validation === null || heldOut === best.validation) return what;
  return `${what}\nvalidation metric ${short(best.validation)} after the refit on these samples, too; ${short(heldOut ?? Number.NaN)} before, as new samples`;
}
