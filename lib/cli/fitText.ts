/** @file A fit in words, for a terminal and for its page. */
import type { FitResult, Tried } from '../fit/result.js';
import type { Machine } from '../machine.js';
import type { FitDocument, FitSection } from '../page/fitDocument.js';
import { numberText } from '../page/numbers.js';
import { duration, percent } from './numbers.js';
import { counted, dateText, factList, machineText } from './page/facts.js';
import { table } from './text.js';

/** The error as people read it, of numbers also as a share of what the mean leaves. */
function errorOf({ rmse, error }: Pick<Tried, 'rmse' | 'error'>): string {
  return rmse === null ? percent(error) : numberText(rmse);
}

function errorName({ kind, expected }: FitResult): string {
  if (kind === 'labels') return 'wrong';
  return expected.rmse === null ? 'error, of the spread' : 'root mean square error';
}

/** What to expect, in a sentence. */
export function expectation({ kind, expected, noise, coverage, chosen }: FitResult): string {
  const judged = `on ${counted(expected.judged, 'sample')} that it was not trained on`;
  if (kind === 'labels') {
    return `The model, ${article(chosen)}, is wrong for ${percent(expected.error)} of new samples, as far as can be told: ${judged}.`;
  }
  const explained = percent(Math.max(0, 1 - expected.error ** 2));
  const sure = coverage === null ? '' : ` Its intervals of 95 % held ${percent(coverage)} of them.`;
  if (expected.rmse === null)
    return `The model, ${article(chosen)}, explains ${explained} of the variance ${judged}.${sure}`;
  const single =
    noise !== null && noise.length === 1 ? `, of which noise of the targets is ${numberText(noise[0])}` : '';
  return `The model, ${article(chosen)}, errs by ${numberText(expected.rmse)} (root mean square${single}) ${judged}, and explains ${explained} of the variance.${sure}`;
}

function article(name: string): string {
  return name === 'linear model' ? 'a linear one' : `a network of ${name}`;
}

function triedRows(result: FitResult): string[][] {
  const { tried, baselines, chosen } = result;
  const others = baselines.filter(({ name }) => name !== 'linear model');
  return [
    ['network', 'weights', errorName(result), 'folds', 'seconds', ''],
    ...tried.map((one) => [
      one.name,
      String(one.weights),
      errorOf(one),
      String(one.folds),
      one.seconds.toFixed(1),
      one.name === chosen ? 'taken' : '',
    ]),
    ...others.map((one) => [`(${one.name})`, '', errorOf(one), '', '', '']),
  ];
}

export function describeFit(result: FitResult, out: string): string {
  const { advice, cautions, failed, stop, seconds, samples, inputs } = result;
  const lines = [
    expectation(result),
    ...advice,
    '',
    table(triedRows(result)),
    '',
    `Inputs that matter: ${shares(result)
      .slice(0, 8)
      .map(({ name, text }) => `${name} ${text}`)
      .join(', ')}`,
    ...cautions.map((text) => `Careful: ${text}`),
    ...failed.map(({ name, reason }) => `Not trained: ${name}. ${reason}`),
    '',
    `${counted(samples, 'sample')}, ${counted(inputs, 'input')}, ${duration(seconds)}. ${stop.message}`,
    `Saved in ${out}`,
  ];
  return lines.join('\n');
}

function shares({ importance }: FitResult) {
  return importance.map(({ name, column, share }) => ({
    name: name ?? `column ${column}`,
    share,
    text: percent(share),
  }));
}

/** Bars of more inputs are not read. */
const mostBars = 30;

export interface FitFacts {
  readonly gnvpro: string;
  readonly date: string;
  readonly machine: Machine;
  readonly file: string;
}

export function fitDocument(
  result: FitResult,
  targets: readonly string[],
  { gnvpro, date, machine, file }: FitFacts,
): FitDocument {
  const { advice, cautions, notes, stop, seconds, samples } = result;
  const [, ...rows] = triedRows(result);
  const [header] = triedRows(result);
  const aborted = stop.status === 'aborted' ? [stop.message] : [];
  const plain = (title: string, texts: readonly string[]): FitSection[] =>
    texts.length === 0 ? [] : [{ title, texts, tables: [], bars: null }];
  const bars = shares(result).slice(0, mostBars);
  return {
    title: `Fit of ${targets.join(', ')}`,
    summary: [expectation(result), ...advice, ...aborted],
    sections: [
      ...plain('When not to trust it', cautions),
      {
        title: 'Which inputs matter',
        texts: [],
        tables: [rangesOf(result)],
        bars: { label: 'How much the output changes with each input over its spread, as shares.', shares: bars },
      },
      {
        title: 'What was tried',
        texts: [],
        tables: [
          {
            label: 'Networks that were tried',
            columns: header,
            rows,
            notes: [
              'Judged on parts of the samples that each was not trained on, in turn; those with fewer folds fell behind. In brackets: what any model has to beat.',
            ],
          },
          ...outputsOf(result, targets),
        ],
        bars: null,
      },
      ...plain('How the data were taken', notes),
    ],
    facts: factList({
      ...{ date: dateText(date), data: file, samples: String(samples), gnvpro, seconds: duration(seconds) },
      ...machineText(machine),
    }),
  };
}

function rangesOf({ importance, ranges }: FitResult) {
  return {
    label: 'Ranges of the inputs',
    columns: ['input', 'share', 'least', 'most'],
    rows: importance.map(({ column, name, share }) => [
      name ?? `column ${column}`,
      percent(share),
      numberText(ranges[column].least),
      numberText(ranges[column].most),
    ]),
    notes: ['Beyond the least and the most of an input the model guesses.'],
  };
}

function outputsOf({ expected, noise }: FitResult, targets: readonly string[]) {
  const errors = expected.rmseByOutput;
  if (errors === null || errors.length < 2) return [];
  const rows = errors.map((error, j) => [targets[j], numberText(error), noise === null ? '–' : numberText(noise[j])]);
  return [{ label: 'Errors by output', columns: ['target', 'root mean square error', 'noise'], rows, notes: [] }];
}
