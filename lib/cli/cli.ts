/** @file The commands, their arguments and their help. */
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { dataSets } from '../datasets/index.js';
import type { Budget } from '../experiments/index.js';
import type { FileSource } from '../files/source.js';
import { candidates, fileProperties, samples } from '../schema/data.js';
import type { SampleSources } from '../schema/job.js';
import { jobKeys, schemaFor } from '../schema/schema.js';
import { object, type Schema } from '../validate/schema.js';
import { version } from '../version.js';
import { buildCommand } from './commands/build.js';
import { type DataCommand, dataCommand } from './commands/data.js';
import { evaluateCommand } from './commands/evaluate.js';
import { type ExperimentCommand, experimentCommand } from './commands/experiment.js';
import { type ExportCommand, exportCommand } from './commands/export.js';
import { type FitCommand, fitCommand } from './commands/fit.js';
import { infoCommand } from './commands/info.js';
import { manyCommand } from './commands/many.js';
import { type PredictCommand, predictCommand } from './commands/predict.js';
import { type ReportCommand, reportCommand } from './commands/report.js';
import { type SuggestCommand, suggestCommand } from './commands/suggest.js';
import { trainCommand } from './commands/train.js';
import { exit, report } from './exit.js';
import { applySettings, type Setting } from './job.js';
import { helpText, type Key, keysOf, parseValue, placeholder, yesOrNo } from './keys.js';
import { conclude, type Format, formats, write } from './output.js';
import type { GridSize } from './page/samples.js';

/** Runs a command line (without `node` and the script) and resolves to the exit code. Never rejects. */
export async function run(args: readonly string[]): Promise<number> {
  let code: number = exit.done;
  const program = cli((result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    code = report(error);
  }
  return conclude(code);
}

type Done = (code: number) => void;

function cli(done: Done): Command {
  const program = new Command('gnvpro')
    .description('Trains neural networks by Gauss–Newton variable projection, and uses them.')
    .version(version)
    .exitOverride()
    .configureOutput({ writeOut: (text) => write('answer', text) })
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', exitCodes);
  for (const add of [
    addFit,
    addTrain,
    addMany,
    addPredict,
    addSuggest,
    addEvaluate,
    addReport,
    addExport,
    addInfo,
    addData,
    addExperiment,
    addBuild,
  ])
    add(program, done);
  return program;
}

const exitCodes = `
Exit codes: ${exit.done} done, ${exit.misuse} an error in what was asked, ${exit.failed} a failure of the computation or of a download, 130 interrupted (143 by SIGTERM, 129 by a hang-up), ${exit.readerGone} nobody read what was asked for, ${exit.internal} a defect.`;

function addFit(program: Command, done: Done): void {
  program
    .command('fit')
    .summary('fit a table without settings')
    .description(
      'Tries a linear model and networks of rising size on a table (.csv or .npy), judges them on rows that they were not\n' +
        'trained on, and writes model.gnvpro, report.json and report.html: how good, how sure, which inputs matter.\n' +
        'Rows with gaps (empty, NaN, NA, ?) are left out and counted.',
    )
    .argument('<file>', '.csv or .npy file, a row a sample')
    .addOption(
      columnsOption('--targets', 'columns to predict: several of numbers, or one of labels').makeOptionMandatory(),
    )
    .addOption(columnsOption('--inputs', 'columns to predict from (default: all others)'))
    .requiredOption('--out <folder>', 'where the results go; it is made if it does not exist')
    .addOption(
      new Option('--as <kind>', 'what the targets are; auto: texts, and two different integers, are labels')
        .choices(['auto', 'numbers', 'labels'])
        .default('auto'),
    )
    .addOption(
      new Option('--seed <integer>', 'of folds and starts (default: 0)').argParser((text) => {
        if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
        throw new InvalidArgumentError('Expected an integer of at least 0.');
      }),
    )
    .addOption(
      new Option('--header <true|false>', 'whether the file begins with names, where that is not seen').argParser(
        (text) => {
          if (text === 'true' || text === 'false') return text === 'true';
          throw new InvalidArgumentError('Expected true or false.');
        },
      ),
    )
    .option('--delimiter <character>', 'between the fields of a line (default: a comma)')
    .addOption(threadsOption())
    .addOption(formatOption('progress and result'))
    .addHelpText('after', '\nExample: gnvpro fit measurements.csv --targets yield --out fit')
    .addHelpText('after', exitCodes)
    .action(async (file: string, options: Omit<FitCommand, 'file'>) => {
      done(await fitCommand({ file, ...options }));
    });
}

/** Names, or numbers from 0, with commas between them. */
function columnsOption(name: string, help: string): Option {
  return new Option(`${name} <list>`, help).argParser((text: string) => {
    const columns = splitList(text);
    if (columns.every((column) => column !== '')) return columns;
    throw new InvalidArgumentError('Expected names or numbers of columns with commas between them, for example x,y.');
  });
}

function addTrain(program: Command, done: Done): void {
  const command = program
    .command('train')
    .summary('train a model as a job file says')
    .description(
      'Trains as a job file (JSON; - is standard input) says, and writes model.gnvpro, history.jsonl and report.json.\n' +
        'Every key of the job can be set here too; an option wins over the file. Without a file, all comes from options.',
    )
    .argument('[job]', 'job file')
    .requiredOption('--out <folder>', 'where the results go; it is made if it does not exist')
    .addOption(formatOption('progress and result'))
    .addHelpText('after', settingsHelp)
    .addHelpText('after', exitCodes);
  const settings = addKeys(command, schemaFor(null));
  command.action(async (job: string | undefined, options: { out: string; format: Format }) => {
    done(await trainCommand({ job, out: options.out, format: options.format, settings }));
  });
}

/** Commands that train many models: what each is, and the key of the job that is its own. */
const many = {
  'cross-validate': {
    key: 'crossValidate',
    summary: 'train on parts of the data and judge on the rest, in turn',
    description:
      'Trains once for each fold of the training samples, judges each model on the fold that it has not seen, and writes\n' +
      'cross-validate.json and predictions.csv, what was said of each sample. Fits what has to be beaten on the same folds.',
  },
  ensemble: {
    key: 'ensemble',
    summary: 'train several models whose spread tells how sure they are',
    description:
      'Trains the members of an ensemble, and writes ensemble.gnvpro, for predict and evaluate, and ensemble.json.',
  },
  search: {
    key: 'search',
    summary: 'find networks and options by validation, the hopeless stopped early',
    description:
      'Tries what search.space of the job lists, and writes model.gnvpro, the best, and search.json with all trials.',
  },
};

function addMany(program: Command, done: Done): void {
  for (const [name, { key, summary, description }] of Object.entries(many)) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`${description}\nThe job file is one of gnvpro train, with "${key}" beside.`)
      .argument('[job]', 'job file')
      .requiredOption('--out <folder>', 'where the results go; it is made if it does not exist')
      .addOption(formatOption('progress and result'))
      .addHelpText('after', exitCodes);
    const settings = addKeys(command, schemaFor(key));
    command.action(async (job: string | undefined, options: { out: string; format: Format }) => {
      done(await manyCommand(name, { job, out: options.out, format: options.format, settings }));
    });
  }
}

const settingsHelp = `
Values are JSON where they can be, else text; lists may be written x,y,0:55. Paths given here are relative to the
current folder. Files are a path, or { "file", "columns", "header", "delimiter" }: also --inputs.columns 0:55 and so on.

Examples:
  gnvpro train job.json --out result
  gnvpro train job.json --out result --seed 3 --stop.seconds 60 --optimizer.jacobian kaufman
  gnvpro train --out result --inputs data.csv --inputs.columns a,b --targets data.csv --targets.columns y \\
    --network '{"type":"dense","units":12,"activation":"tanh"}' --split '{"validation":0.2,"test":0.2}'`;

function addPredict(program: Command, done: Done): void {
  const command = program
    .command('predict')
    .summary('predict with a model')
    .description('Writes the predictions for a .npy or .csv file of inputs, a row a sample.')
    .argument('<model>', 'model file')
    .argument('<inputs>', '.npy or .csv file')
    .requiredOption('--out <file>', '.npy or .csv file to write')
    .addOption(new Option('--probabilities', 'of a classifier: probabilities instead of logits').conflicts('classes'))
    .addOption(new Option('--classes', 'of a classifier: the most probable class; its number in a .npy file'))
    .addOption(
      new Option(
        '--uncertainty',
        "of a model whose regularization was 'evidence': also the standard deviations of the model, and with the noise",
      ).conflicts(['classes', 'probabilities']),
    )
    .addOption(threadsOption())
    .addHelpText('after', exitCodes);
  const settings = addKeys(command, object(fileProperties));
  command.action(async (model: string, file: string, options: Omit<PredictCommand, 'model' | 'inputs'>) => {
    const inputs = applySettings({ file }, settings) as unknown as FileSource;
    done(await predictCommand({ ...options, model, inputs }));
  });
}

function addSuggest(program: Command, done: Done): void {
  const command = program
    .command('suggest')
    .summary('choose the samples to simulate or measure next')
    .description(
      'Writes the inputs, among candidates, whose targets would teach a model most, the first of them first. The\n' +
        "regularization of its training was 'evidence'.",
    )
    .argument('<model>', 'model file')
    .addOption(countOption())
    .requiredOption('--out <file>', '.npy or .csv file to write')
    .addOption(threadsOption())
    .addHelpText('after', exitCodes);
  const settings = addKeys(command, candidates);
  command.action(async (model: string, options: Omit<SuggestCommand, 'model' | 'candidates'>) => {
    const source = (applySettings({}, settings) as Partial<SuggestCommand>).candidates;
    if (source === undefined) return command.error("error: required option '--candidates <file>' not specified");
    done(await suggestCommand({ ...options, model, candidates: source }));
  });
}

function addEvaluate(program: Command, done: Done): void {
  const command = program
    .command('evaluate')
    .summary('measure a model against targets')
    .description('Tells errors of the predictions for inputs, against targets, in original units.')
    .argument('<model>', 'model file')
    .addOption(threadsOption())
    .addOption(formatOption('result'))
    .addHelpText('after', exitCodes);
  const settings = addKeys(command, samples);
  command.action(async (model: string, { threads, format }: { threads?: number; format: Format }) => {
    const sources = required(command, applySettings({}, settings));
    done(await evaluateCommand({ model, ...sources, threads, format }));
  });
}

function required(command: Command, { inputs, targets, sampleWeights }: Partial<SampleSources>): SampleSources {
  if (inputs !== undefined && targets !== undefined) return { inputs, targets, sampleWeights };
  return command.error(
    `error: required option '--${inputs === undefined ? 'inputs' : 'targets'} <file>' not specified`,
  );
}

function addReport(program: Command, done: Done): void {
  program
    .command('report')
    .summary('make a page about a training')
    .description(
      'Writes report.html about the training that left its results in a folder: convergence, predictions, errors, times,\n' +
        'options, machine. The page needs no network and no script. Predictions are drawn where the data still exist.',
    )
    .argument('<folder>', 'what --out of gnvpro train named')
    .option('--out <file>', 'the page (default: report.html in the folder)')
    .option('--data <folder>', 'where the data files lie now, if they were moved')
    .option('--title <text>', 'title of the page (default: the name of the folder)')
    .option('--unit <text>', 'unit of the outputs, for the axes', '')
    .addOption(gridOption('--field', 'the outputs are a field of so many rows and columns, row by row'))
    .addOption(gridOption('--map', 'the samples are the pixels of an image of so many rows and columns, row by row'))
    .addOption(threadsOption())
    .addHelpText('after', exitCodes)
    .action(async (folder: string, options: Omit<ReportCommand, 'folder'>) => {
      done(await reportCommand({ folder, ...options }));
    });
}

function gridOption(name: string, help: string): Option {
  return new Option(`${name} <ROWSxCOLUMNS>`, help).argParser((text): GridSize => {
    const [, rows, columns] = /^([1-9]\d*)[x×]([1-9]\d*)$/.exec(text) ?? [];
    if (rows === undefined) throw new InvalidArgumentError('Expected ROWSxCOLUMNS, for example 6x12.');
    return [Number(rows), Number(columns)];
  });
}

function addExport(program: Command, done: Done): void {
  program
    .command('export')
    .summary('write a model for other programs')
    .description(
      'Writes a model as its file is called: .onnx for runtimes of ONNX, .c for one file of C99, .mjs for one ES module\n' +
        'that runs in browsers, too. All are complete: scaling, network and last layer. See docs/export.md.',
    )
    .argument('<model>', 'model file')
    .argument('<file>', '.onnx, .c or .mjs file to write')
    .addOption(new Option('--precision <type>', 'of a .onnx file (default: float32)').choices(['float32', 'float64']))
    .option('--probabilities', 'of a classifier as .onnx file: a second output; the others always have a function')
    .option('--name <name>', 'what functions in C begin with (default: the name of the file)')
    .addHelpText('after', exitCodes)
    .action(async (model: string, out: string, options: Omit<ExportCommand, 'model' | 'out'>) => {
      done(await exportCommand({ model, out, ...options }));
    });
}

function addInfo(program: Command, done: Done): void {
  program
    .command('info')
    .summary('tell what is installed, or what a file holds')
    .description('Without a file: versions, BLAS and kernels in use. With one: what a model, .npy or .csv file holds.')
    .addArgument(new Argument('[file]', 'model, .npy or .csv file'))
    .addOption(formatOption('result'))
    .action(async (file: string | undefined, { format }: { format: Format }) => done(await infoCommand(file, format)));
}

function addData(program: Command, done: Done): void {
  program
    .command('data')
    .summary('bring a data set of the literature')
    .description(
      'Downloads a data set from its authors, and writes .npy files for training and source.json, which tells where ' +
        'they come from. Without a name: lists the data sets. What is there already is not downloaded again, and a ' +
        'download that was interrupted goes on.',
    )
    .argument('[name]', dataSets.map(({ name }) => name).join(', '))
    .option('--from <path or address>', 'a file, a folder of the files, an address of the file, or one that ends in /')
    .option('--out <folder>', 'where the files go (default: a folder of the name)')
    .option('--no-checksum', 'take a file that is not the one whose checksum is known')
    .addOption(
      new Option('--timeout <seconds>', 'how long a server may send nothing').default(60).argParser((text) => {
        if (Number(text) > 0 && Number(text) <= 86_400) return Number(text);
        throw new InvalidArgumentError('Expected a number above 0 and at most 86400.');
      }),
    )
    .addOption(formatOption('progress and result'))
    .addHelpText('after', exitCodes)
    .action(async (name: string | undefined, options: Omit<DataCommand, 'name'>) => {
      done(await dataCommand({ name, ...options }));
    });
}

function addExperiment(program: Command, done: Done): void {
  program
    .command('experiment')
    .summary('compare methods on a problem of the literature')
    .description(
      'Trains with every method on every seed, each with the same budget, and writes results.json, table.md and\n' +
        'report.html. Interrupted, it goes on where it was. Without a name, lists the experiments and their methods.',
    )
    .argument('[name]', 'experiment')
    .addOption(new Option('--methods <list>', 'names with commas between them (default: all)').argParser(splitList))
    .addOption(seedsOption())
    .addOption(budgetOption())
    .option('--data <folder>', 'has the data sets that are files, each in a folder of its own')
    .option('--out <folder>', 'where the results go (default: experiments/NAME)')
    .addOption(threadsOption())
    .addOption(formatOption('progress and result'))
    .addHelpText('after', exitCodes)
    .action(async (name: string | undefined, options: Omit<ExperimentCommand, 'name'>) => {
      done(await experimentCommand({ name, ...options }));
    });
}

function addBuild(program: Command, done: Done): void {
  program
    .command('build')
    .summary('build the native addon from the sources in the package')
    .description(
      'For systems that no built addon fits. Needs a C++20 compiler, make, CMake 3.19 or newer, the pthread build of\n' +
        'OpenBLAS and Google Highway, says which of them is missing, and fetches nothing.',
    )
    .addHelpText('after', exitCodes)
    .action(async () => {
      done(await buildCommand());
    });
}

function splitList(text: string): string[] {
  return text.split(',').map((item) => item.trim());
}

function seedsOption(): Option {
  return new Option('--seeds <list>', 'of splits and starts').default([0, 1, 2], '0,1,2').argParser((text) => {
    if (!/^\d+(,\d+)*$/.test(text)) throw new InvalidArgumentError('Expected integers with commas, for example 0,1,2.');
    return [...new Set(text.split(',').map(Number))];
  });
}

/** work: passes of the network over the training samples, of each level. */
function budgetOption(): Option {
  const names: Record<string, keyof Budget> = {
    work: 'workUnits',
    seconds: 'seconds',
    processor: 'processorSeconds',
  };
  return new Option('--budget <limits>', 'of a training: work=UNITS, seconds=S, processor=S, with commas').argParser(
    (text) => {
      const limits = splitList(text).map((part) => /^(work|seconds|processor)=(\d+(?:\.\d+)?)$/.exec(part));
      const isGood = limits.every((match) => match !== null && Number(match[2]) > 0);
      if (!isGood)
        throw new InvalidArgumentError('Expected for example work=200, or work=400,seconds=20, or processor=120.');
      return Object.fromEntries(limits.map((match) => [names[match?.[1] as string], Number(match?.[2])])) as Budget;
    },
  );
}

/** Adds an option for each key; the list returned fills as the command line is parsed. */
function addKeys(command: Command, schema: Schema): Setting[] {
  const settings: Setting[] = [];
  for (const key of keysOf(schema)) {
    const option = optionOf(key)
      .argParser((text: string) => settings.push({ path: key.path, value: parseValue(key, text) }))
      .helpGroup(groupOf(key));
    if (isOfFile(key)) option.hideHelp();
    command.addOption(option);
  }
  return settings;
}

/** A key that is true or false may stand without a value. */
function optionOf(key: Key): Option {
  const [name, value] = [`--${key.path.join('.')}`, placeholder(key)];
  if (value !== yesOrNo) return new Option(`${name} <${value}>`, helpText(key));
  return new Option(`${name} [${value}]`, helpText(key)).preset('true');
}

/** The options of a file are told once, in the text below. */
function isOfFile({ path }: Key): boolean {
  return path.length > 1 && ['file', 'columns', 'header', 'delimiter'].includes(path[path.length - 1]);
}

/** What is no key of a job, as the columns of a file, is of data, too. */
function groupOf({ path: [first] }: Key): string {
  return `${jobKeys.find(({ name }) => name === first)?.group ?? 'Data'}:`;
}

function formatOption(what: string): Option {
  return new Option('--format <format>', `how to tell ${what}; auto: text on a terminal, else JSON`)
    .choices(formats)
    .default('auto');
}

function countOption(): Option {
  return new Option('--count <integer>', 'how many are chosen').makeOptionMandatory().argParser((text) => {
    if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected an integer of at least 1.');
    return Number(text);
  });
}

function threadsOption(): Option {
  return new Option('--threads <integer>', 'results do not depend on it').argParser((text) => {
    if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected an integer of at least 1.');
    return Number(text);
  });
}
