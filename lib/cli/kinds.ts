/** @file What is told of metrics, a record for each kind of them: of numbers, of classes, of labels side by side. */
import type { AnyMetrics } from '../loss/meaning.js';
import type { ClassificationMetrics } from '../metrics/classification.js';
import type { Metrics } from '../metrics/metrics.js';
import type { MultiLabelMetrics } from '../metrics/multiLabel.js';
import { numberText } from '../page/numbers.js';
import { percent, short } from './numbers.js';

/** One number of the metrics, under its heading. */
export interface Measure<M extends AnyMetrics = AnyMetrics> {
  readonly heading: string;
  value(metrics: M): number;
  readonly text: (value: number) => string;
  /** Which model is the better one; null where nothing is judged by it. */
  readonly better: 'less' | 'more' | null;
}

export interface MetricKind<M extends AnyMetrics = AnyMetrics> {
  readonly measures: readonly Measure<M>[];
  /** What is said after "On the 20 test samples, ". */
  sentence(metrics: M): string;
  /** Tables of the single outputs, headings first; `part` of the data. */
  outputs(metrics: M, part: string, names: readonly string[] | null): string[][][];
}

const crossEntropy: Measure<ClassificationMetrics | MultiLabelMetrics> = {
  heading: 'cross entropy',
  value: (metrics) => metrics.crossEntropy,
  text: short,
  better: 'less',
};

const ofNumbers: MetricKind<Metrics> = {
  measures: [
    { heading: 'relative error', value: ({ relativeError }) => relativeError.mean, text: percent, better: 'less' },
    { heading: 'worst sample', value: ({ relativeError }) => relativeError.max, text: percent, better: null },
    { heading: 'RMSE', value: ({ rmse }) => rmse, text: short, better: 'less' },
    { heading: 'R²', value: ({ r2 }) => r2, text: short, better: null },
  ],
  sentence: ({ relativeError, r2, rmse }) =>
    `the mean relative error is ${share(relativeError.mean)}, that of the worst sample ${share(relativeError.max)} ` +
    `(R² ${numberText(r2 ?? Number.NaN, 5)}, root mean square error ${numberText(rmse ?? Number.NaN)}).`,
  outputs: () => [],
};

/** More classes than these make the confusion matrix too wide to read. */
const mostClasses = 12;

const ofClasses: MetricKind<ClassificationMetrics> = {
  measures: [
    { heading: 'accuracy', value: ({ accuracy }) => accuracy, text: percent, better: 'more' },
    crossEntropy,
    { heading: 'calibration error', value: (metrics) => metrics.calibrationError, text: percent, better: null },
  ],
  sentence: ({ accuracy, crossEntropy, classes }) =>
    `${share(accuracy)} of the classes are right (${classes.length} classes, cross entropy ${numberText(crossEntropy ?? Number.NaN)}).`,
  outputs({ classes, confusion }, part) {
    const names = classes.map((one) => String(one.class));
    const rates = classes.map(({ precision, recall, f1, support }, j) => [
      names[j],
      ...[precision, recall, f1].map(orNone),
      amount(support),
    ]);
    const counts = confusion.map((row, i) => [names[i], ...row.map(amount)]);
    return [
      [[`class (${part})`, 'precision', 'recall', 'F1', 'samples'], ...rates],
      ...(names.length > mostClasses ? [] : [[['true \\ predicted', ...names], ...counts]]),
    ];
  },
};

const ofLabels: MetricKind<MultiLabelMetrics> = {
  measures: [
    { heading: 'all labels right', value: ({ exactMatch }) => exactMatch, text: percent, better: 'more' },
    crossEntropy,
  ],
  sentence: ({ exactMatch }) => `all labels are right for ${share(exactMatch)}.`,
  outputs({ labels }, part, names) {
    const rates = labels.map(({ accuracy, precision, recall, support }, j) => [
      names?.[j] ?? String(j),
      ...[accuracy, precision, recall].map(orNone),
      amount(support),
    ]);
    return [[[`label (${part})`, 'accuracy', 'precision', 'recall', 'samples'], ...rates]];
  },
};

/** All metrics that are compared or stand in one table are of one kind. */
export function kindOf(metrics: AnyMetrics): MetricKind {
  return 'confusion' in metrics ? ofClasses : 'exactMatch' in metrics ? ofLabels : ofNumbers;
}

/** A number of samples: a sum of weights. */
export const amount = (value: number) => String(Number(value.toPrecision(9)));

const orNone = (rate: number | null) => percent(rate ?? Number.NaN);

/** In a sentence; JSON has null for what is no number. */
const share = (value: number | null) => `${numberText(100 * (value ?? Number.NaN))} %`;
