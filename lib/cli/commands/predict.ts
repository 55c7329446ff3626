/** @file `gnvpro predict`: a model and a file of inputs in, a file of predictions out. */
import type { ClassName } from '../../data/classes.js';
import type { Matrix } from '../../data/matrix.js';
import { checkWritable, writeAtomically } from '../../files/atomic.js';
import { classHeader, quoted } from '../../files/csvHeader.js';
import { writeRows } from '../../files/matrixFile.js';
import { formatOf } from '../../files/source.js';
import type { AnyMetrics } from '../../loss/meaning.js';
import { byRows } from '../../model/byRows.js';
import type { CallOptions } from '../../model/callOptions.js';
import type { Ensemble, Spread } from '../../model/ensemble.js';
import { Model } from '../../model/model.js';
import type { UncertainPrediction } from '../../model/prediction.js';
import type { Source } from '../../schema/job.js';
import { knownOf } from '../data.js';
import { onInterrupt } from '../interrupt.js';
import { columnsOf, headerOf, kindsOf, loadAny, single } from '../models.js';
import { remark } from '../output.js';
import { readRows } from '../rows.js';

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
  const { model: path, inputs, out } = command;
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  formatOf(out);
  await checkWritable(out);
  using model = await loadAny(path);
  const rows = await readRows(inputs, knownOf(model.names.inputs));
  if ('note' in rows && rows.note !== null) remark(rows.note);
  const by = <T>(say: (some: Matrix) => Promise<T>) =>
    'note' in rows ? once(rows.matrix, say) : byRows(model, rows, say);
  const count = 'note' in rows ? rows.matrix.shape[0] : rows.shape[0];
  const call = { signal, threads: command.threads };
  if (command.classes) {
    await writeClasses(
      out,
      count,
      by((some) => model.predictClasses(some, call)),
      model.classes as ClassName[],
    );
    return 0;
  }
  await writeSaid(out, count, by(sayerOf(model, command, call)), model);
  return 0;
}

type Said = Matrix | Spread | UncertainPrediction;
type AnyModel = Model<AnyMetrics> | Ensemble<AnyMetrics>;

function sayerOf(model: AnyModel, command: PredictCommand, call: CallOptions): (some: Matrix) => Promise<Said> {
  if (command.uncertainty) {
    const one = single(model, '--uncertainty');
    return (some) => one.predict(some, { ...call, uncertainty: true });
  }
  const predict = (some: Matrix): Promise<Said> =>
    model instanceof Model ? model.predict(some, call) : model.predict(some, call);
  return (some) => (command.probabilities ? model.predictProbabilities(some, call) : predict(some));
}

async function* once<T>(all: Matrix, say: (some: Matrix) => Promise<T>): AsyncGenerator<T> {
  yield await say(all);
}

/** The first rows tell what the header has to name. */
async function writeSaid(out: string, count: number, pieces: AsyncGenerator<Said>, model: AnyModel): Promise<void> {
  const first = (await pieces.next()).value as Said;
  async function* columns(): AsyncGenerator<Matrix> {
    yield columnsOf(first);
    for await (const said of pieces) yield columnsOf(said);
  }
  await writeRows(out, count, columns(), headerOf(model, kindsOf(first)));
}

/** Names in a `.csv`; their numbers in a `.npy`, which holds no text. */
async function writeClasses(
  out: string,
  count: number,
  pieces: AsyncGenerator<ClassName[]>,
  known: readonly ClassName[],
): Promise<void> {
  async function* numbers(): AsyncGenerator<Matrix> {
    for await (const classes of pieces) {
      yield { data: Float64Array.from(classes, (name) => known.indexOf(name)), shape: [classes.length, 1] };
    }
  }
  async function* lines(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${classHeader}\n`);
    for await (const classes of pieces)
      yield Buffer.from(`${classes.map((name) => quoted(String(name))).join('\n')}\n`);
  }
  await (isCsv(out) ? writeAtomically(out, lines()) : writeRows(out, count, numbers()));
}

const isCsv = (path: string) => path.toLowerCase().endsWith('.csv');
