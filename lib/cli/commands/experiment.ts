/** @file `gnvpro experiment`: methods compared on a problem, gone on with where it was interrupted. */
import { join } from 'node:path';
import {
  type Budget,
  compare,
  type DataPlace,
  type Experiment,
  type ExperimentData,
  emptyResults,
  experiments,
  type MethodRun,
  markdownOf,
  type Results,
  resultsFile,
  resume,
  runMethod,
  saveRun,
  tableOf,
} from '../../experiments/index.js';
import { checkWritable, writeAtomically } from '../../files/atomic.js';
import { makeFolder } from '../../files/folder.js';
import { loadRenderer } from '../../page/load.js';
import { checkOneOf } from '../../validate/check.js';
import { exit } from '../exit.js';
import { Interruption, onInterrupt } from '../interrupt.js';
import { duration } from '../numbers.js';
import { answer, type Format, isJson, log } from '../output.js';
import { comparisonDocument } from '../page/comparison.js';
import { generationBar } from '../progress.js';

export interface ExperimentCommand {
  readonly name?: string;
  readonly methods?: readonly string[];
  readonly seeds: readonly number[];
  readonly budget?: Budget;
  readonly data?: string;
  readonly out?: string;
  readonly threads?: number;
  readonly format: Format;
}

export async function experimentCommand(command: ExperimentCommand): Promise<number> {
  const { name, format } = command;
  if (name === undefined) {
    list(format);
    return exit.done;
  }
  checkOneOf(
    name,
    'the experiment',
    experiments.map((one) => one.name),
  );
  const experiment = experiments.find((one) => one.name === name) as Experiment;
  const methods = command.methods ?? Object.keys(experiment.methods);
  for (const method of methods) checkOneOf(method, 'a method of --methods', Object.keys(experiment.methods));
  return await compareMethods(experiment, methods, command);
}

function list(format: Format): void {
  const all = experiments.map(({ name, title, about, budget, methods }) => {
    return { name, title, about, budget, methods: Object.keys(methods) };
  });
  if (isJson(format)) answer(JSON.stringify(all));
  else
    answer(
      all
        .map(({ name, title, about, methods }) => `${name}: ${title}\n  ${about}\n  methods: ${methods.join(', ')}`)
        .join('\n\n'),
    );
}

const [tableFile, pageFile] = ['table.md', 'report.html'];

/** What a comparison works with. */
interface Bench {
  readonly experiment: Experiment;
  readonly folder: string;
  readonly format: Format;
  readonly render: Awaited<ReturnType<typeof loadRenderer>>;
  load(seed: number): Promise<ExperimentData>;
}

async function compareMethods(experiment: Experiment, methods: readonly string[], command: ExperimentCommand) {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const { seeds, threads = 1, format, budget = experiment.budget } = command;
  const folder = command.out ?? join('experiments', experiment.name);
  const render = await loadRenderer(); // before any work: it may be missing
  await makeFolder(join(folder, 'models'));
  for (const file of [resultsFile, tableFile, pageFile]) await checkWritable(join(folder, file));
  let results = await resume(folder, experiment, emptyResults(experiment, budget, threads));
  const load = loader(experiment, { folder: command.data ?? null, cache: join(folder, 'data'), signal });
  try {
    for (const seed of seeds) {
      for (const method of methods) {
        if (results.runs.some((run) => run.method === method && run.seed === seed)) continue;
        const { run, model } = await runMethod(experiment, await load(seed), method, { seed, budget, threads, signal });
        results = await saveRun(folder, results, run, model.toBytes());
        model.dispose();
        tell(run, format);
      }
    }
    await conclude({ experiment, folder, format, render, load }, results);
    return exit.done;
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    console.error(
      `${error.message} ${results.runs.length} runs are saved in ${folder}: the same command goes on with them.`,
    );
    return error.exitCode;
  }
}

/** One split at a time is kept. */
function loader(experiment: Experiment, place: DataPlace): Bench['load'] {
  const bar = generationBar();
  let kept: { seed: number; data: ExperimentData } | null = null;
  return async (seed) => {
    if (kept?.seed === seed) return kept.data;
    kept = null;
    const data = await experiment.load(seed, { ...place, onProgress: bar.show }).finally(bar.end);
    kept = { seed, data };
    return data;
  };
}

function tell(run: MethodRun, format: Format): void {
  const { method, seed, errors, workUnits, seconds, stop } = run;
  if (isJson(format)) log(JSON.stringify({ event: 'run', method, seed, errors, workUnits, seconds, stop }));
  else if (format !== 'none') {
    const facts = `${workUnits.toFixed(0)} work units, ${duration(seconds)}, ${stop.status}`;
    log(`seed ${seed}  ${method.padEnd(14)}  test ${errors.test.toPrecision(3)}  (${facts})`);
  }
}

async function conclude({ experiment, folder, format, render, load }: Bench, results: Results): Promise<void> {
  const methods = compare(experiment, results.runs);
  const table = tableOf(experiment, methods);
  await writeAtomically(join(folder, tableFile), markdownOf(table));
  const document = await comparisonDocument(experiment, results, { methods, table, folder, load });
  await writeAtomically(join(folder, pageFile), render(document));
  if (isJson(format)) log(JSON.stringify({ event: 'done', table, out: folder }));
  else if (format !== 'none')
    log(`\n${markdownOf(table)}\nSaved in ${folder}: ${resultsFile}, ${tableFile}, ${pageFile}`);
}
