/** @file The comparison as a table, in cells and in Markdown. */
import type { ResultTable } from '../page/document.js';
import type { Experiment } from './experiment.js';
import type { MethodSummary, Spread } from './summary.js';

const metricNames = {
  relativeError: 'mean relative error',
  rmse: 'root mean square error',
  errorRate: 'share of wrong classes',
  loss: 'mean loss',
} as const;

export function tableOf(experiment: Experiment, methods: readonly MethodSummary[]): ResultTable {
  const { metric, validationMetric } = experiment;
  const show = metric === 'rmse' ? digits : percent;
  const showValidation = validationMetric === 'relativeError' ? percent : digits;
  const least = Math.min(...methods.map(({ test }) => test.mean));
  const columns = [
    'method',
    'test',
    'training',
    'validation',
    'work units',
    'seconds',
    'in W',
    'units to mark',
    's to mark',
  ];
  const rows = methods.map((one) => [
    one.label,
    `${spreadText(one.test, show)}${one.test.mean === least ? ' ★' : ''}`,
    spreadText(one.training, show),
    spreadText(one.validation, showValidation),
    one.workUnits.mean.toFixed(0),
    spreadText(one.seconds, seconds),
    one.projectionShare === null ? '–' : `${(100 * one.projectionShare).toFixed(0)} %`,
    one.toMark === null ? '–' : one.toMark.workUnits.toFixed(0),
    one.toMark === null ? '–' : seconds(one.toMark.seconds),
  ]);
  return { columns, rows, notes: [meaning(experiment), ...notesOf(methods)] };
}

function meaning({ metric, validationMetric }: Experiment): string {
  const names = [metricNames[metric], metricNames[validationMetric]];
  const errors =
    names[0] === names[1] ? `Errors: ${names[0]}` : `Test and training: ${names[0]}; validation: ${names[1]}`;
  return `${errors}. "In W" is the share of the seconds that the projection takes.`;
}

function notesOf(methods: readonly MethodSummary[]): string[] {
  const seedSets = new Set(methods.map((one) => one.seeds.join(', ')));
  const seeds = seedSets.size === 1 ? `seeds ${[...seedSets][0]}` : `seeds that differ: ${[...seedSets].join(' | ')}`;
  const tuned = methods.filter(({ learningRates, initialW }) => learningRates.length + initialW.length > 0);
  return [
    `Mean ± standard deviation over ${seeds}; ★ marks the least test error. The model of a run is its iterate best on validation data.`,
    'The mark is a tenth above the validation metric that half of the methods reach on the seed; "–" where not every seed gets there.',
    ...tuned.map(choiceOf),
  ];
}

function choiceOf({ label, learningRates, initialW, secondsWithTrials }: MethodSummary): string {
  const list = (values: readonly unknown[]) => [...new Set(values)].join(', ');
  const rate = learningRates.length > 0 ? [`learning rate ${list(learningRates)}`] : [];
  const start = initialW.length > 0 ? [`start of W ${list(initialW)}`] : [];
  return `${label}: ${[...rate, ...start].join(', ')}, chosen on validation data; ${secondsWithTrials.toFixed(1)} s with all that was tried.`;
}

export function markdownOf({ columns, rows, notes }: ResultTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(columns),
    line(columns.map((_, j) => (j === 0 ? '---' : '--:'))),
    ...rows.map(line),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

function spreadText({ mean, deviation }: Spread, show: (value: number) => string): string {
  return deviation === null ? show(mean) : `${show(mean)} ± ${show(deviation)}`;
}

const percent = (value: number) => `${(100 * value).toPrecision(value < 0.1 ? 2 : 3)} %`;
const digits = (value: number) => value.toPrecision(3);
const seconds = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(0));
