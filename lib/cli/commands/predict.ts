/** @file `gnvpro predict`: a model and a file of inputs in, a file of predictions out. */
import type { ClassName } from '../../data/classes.js';
import { checkWritable, writeAtomically } from '../../files/atomic.js';
import { classHeader, quoted } from '../../files/csvHeader.js';
import { readTable, writeMatrix } from '../../files/matrixFile.js';
import { formatOf } from '../../files/source.js';
import type { Source } from '../../schema/job.js';
import { knownOf } from '../data.js';
import { onInterrupt } from '../interrupt.js';
import { columnsOf, headerOf, kindsOf, loadAny, single } from '../models.js';
import { remark } from '../output.js';

export interface PredictCommand {
  readonly model: string;
  readonly inputs: Source;
  readonly out: string;
  readonly threads?: number;
  /** What is written of a classifier, instead of logits; not both. */
  readonly probabilities?: boolean;
  readonly classes?: boolean;
  /** Whether standard deviations follow the outputs. */
  readonly uncertainty?: boolean;
}

export async function predictCommand(command: PredictCommand): Promise<number> {
  const { model: path, inputs, out, threads } = command;
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  formatOf(out);
  await checkWritable(out);
  using model = await loadAny(path);
  const { matrix: Y, note } = await readTable(inputs, knownOf(model.names.inputs));
  if (note !== null) remark(note);
  const call = { signal, threads };
  if (command.classes) {
    const classes = await model.predictClasses(Y, call);
    signal.throwIfAborted();
    await writeClasses(out, classes, model.classes as ClassName[]);
    return 0;
  }
  const said = await (command.uncertainty
    ? single(model, '--uncertainty').predict(Y, { ...call, uncertainty: true })
    : command.probabilities
      ? model.predictProbabilities(Y, call)
      : model.predict(Y, call));
  signal.throwIfAborted();
  const header = headerOf(model, kindsOf(said));
  await writeMatrix(out, columnsOf(said), isCsv(out) && header !== null ? { header } : {});
  return 0;
}

/** Names in a `.csv`; their numbers in a `.npy`, which holds no text. */
async function writeClasses(out: string, classes: readonly ClassName[], known: readonly ClassName[]): Promise<void> {
  if (!isCsv(out)) {
    const numbers = Float64Array.from(classes, (name) => known.indexOf(name));
    await writeMatrix(out, { data: numbers, shape: [numbers.length, 1] });
    return;
  }
  await writeAtomically(out, `${classHeader}\n${classes.map((name) => quoted(String(name))).join('\n')}\n`);
}

const isCsv = (path: string) => path.toLowerCase().endsWith('.csv');
