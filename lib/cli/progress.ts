/** @file What commands show while they run: a bar on a terminal, JSON lines elsewhere, or nothing. */
import { Presets, SingleBar } from 'cli-progress';
import type { StopRules } from '../options/stop.js';
import type { IterationRecord } from '../report/report.js';
import { duration } from './numbers.js';
import { log } from './output.js';

export interface Progress {
  record(record: IterationRecord): void;
  /** Leaves the terminal as it was. */
  end(): void;
}

/** What the training may use at most. */
export interface Limits {
  readonly rules: StopRules;
  readonly levels: number;
  /** How many runs the training is made of, about. */
  readonly runs: number;
}

export const silent: Progress = { record: () => undefined, end: () => undefined };

/** One JSON object a line on standard output. */
export function jsonLines(): Progress {
  return { record: (record) => log(JSON.stringify({ event: 'iteration', ...record })), end: () => undefined };
}

const bars = { longest: 20, besideTexts: 10, shortest: 5 } as const;
const gap = '  ';

/**
 * One line of at most `width` columns: the first text, the bar where there is room for one, and the next texts as far as
 * they fit beside it.
 */
function lineOf([first, ...others]: readonly string[], done: number, width: number): string {
  let count = others.length;
  const rest = () =>
    others
      .slice(0, count)
      .map((text) => gap + text)
      .join('');
  const room = () => width - first.length - gap.length - rest().length;
  while (count > 0 && room() < bars.besideTexts) count--;
  const size = Math.min(bars.longest, room());
  if (size < bars.shortest) return first.slice(0, width);
  const full = Math.round(size * done);
  return `${first}${gap}${'█'.repeat(full)}${'░'.repeat(size - full)}${rest()}`;
}

/** A bar with texts, the most important first; as wide as the terminal is at the moment. */
export function barOn(stream: NodeJS.WritableStream) {
  const widget = new SingleBar(
    {
      // The last column stays free: some terminals go on to the next line there.
      format: (_, { progress, maxWidth }, { texts }) => lineOf(texts, progress, maxWidth - 1),
      ...{ hideCursor: true, clearOnComplete: true, fps: 8, stream },
    },
    Presets.shades_classic,
  );
  return {
    start: (...texts: string[]) => widget.start(1, 0, { texts }),
    update: (done: number, ...texts: string[]) => widget.update(done, { texts }),
    stop: () => widget.stop(),
  };
}

/** A bar on standard error, which may be a terminal when the output is not. */
export function bar(limits: Limits, stream: NodeJS.WritableStream = process.stderr): Progress {
  const widget = barOn(stream);
  let best = Number.POSITIVE_INFINITY;
  const usage = new Usage(limits);
  widget.start('starting');
  return {
    record: (record) => {
      best = Math.min(best, record.validation ?? Number.POSITIVE_INFINITY);
      const used = usage.add(record);
      widget.update(used, ...textsOf(record, best, used, limits));
    },
    end: () => widget.stop(),
  };
}

/** E.g. `≤ 2 s left`, `level 2/3`, `epoch 1, batch 4`, `iteration 31`, `objective 1.234e-4`, `validation 0.00211`, `412 work units`, `0.8 s`. */
function textsOf(record: IterationRecord, best: number, used: number, { levels, runs }: Limits): string[] {
  const { run, level, epoch, batch, iteration, objective, workUnits, seconds } = record;
  return [
    ...(used > 0 ? [`≤ ${duration((seconds * (1 - used)) / used)} left`] : []),
    ...(runs > 1 ? [`run ${run}`] : []),
    ...(levels > 1 ? [`level ${level}/${levels}`] : []),
    ...(epoch === null ? [] : [`epoch ${epoch}, batch ${batch}`]),
    `iteration ${iteration}`,
    `objective ${objective.toExponential(3)}`,
    ...(Number.isFinite(best) ? [`validation ${best.toPrecision(3)}`] : []),
    `${workUnits} work units`,
    duration(seconds),
  ];
}

/** How much of the first limit to be met is used, over all levels. */
class Usage {
  #run = 1;
  #level = 1;
  #before = { workUnits: 0, iterations: 0 };
  #sinceBest = 0;
  #best = Number.POSITIVE_INFINITY;
  #last: IterationRecord | null = null;

  constructor(readonly limits: Limits) {}

  add(record: IterationRecord): number {
    if (record.level !== this.#level || record.run !== this.#run) this.#nextLevel(record);
    this.#countValidation(record);
    this.#last = record;
    const { rules, levels, runs } = this.limits;
    const ofLevel = Math.max(
      (record.workUnits - this.#before.workUnits) / rules.workUnits,
      (record.iteration - this.#before.iterations) / rules.iterations,
      this.#sinceBest / rules.patience,
    );
    const ofRun = (record.level - 1 + Math.min(1, ofLevel)) / levels;
    const all = (record.run - 1 + ofRun) / runs;
    return Math.min(1, Math.max(all, record.seconds / rules.seconds));
  }

  #nextLevel({ run, level }: IterationRecord): void {
    this.#run = run;
    this.#level = level;
    this.#before = { workUnits: this.#last?.workUnits ?? 0, iterations: (this.#last?.iteration ?? -1) + 1 };
    this.#sinceBest = 0;
    this.#best = Number.POSITIVE_INFINITY;
  }

  #countValidation({ validation }: IterationRecord): void {
    if (validation === null) return;
    this.#sinceBest = validation < this.#best ? 0 : this.#sinceBest + 1;
    this.#best = Math.min(this.#best, validation);
  }
}

/** Of data that take a while to generate: `show` is told the part that is done, in (0, 1]. Nothing but on a terminal. */
export function generationBar(stream: NodeJS.WriteStream = process.stderr) {
  if (!stream.isTTY) return { show: () => undefined, end: () => undefined };
  const widget = barOn(stream);
  const textOf = (done: number) => `generating data, ${Math.floor(100 * done)} %`;
  let isRunning = false;
  return {
    show: (done: number) => {
      if (!isRunning) widget.start(textOf(0));
      isRunning = true;
      widget.update(done, textOf(done));
    },
    end: () => {
      widget.stop();
      isRunning = false;
    },
  };
}
