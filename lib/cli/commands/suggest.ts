/** @file `gnvpro suggest`: a model and a file of candidates in, a file of the inputs that teach most out. */
import { checkWritable } from '../../files/atomic.js';
import { readTable, writeMatrix } from '../../files/matrixFile.js';
import { formatOf } from '../../files/source.js';
import type { Source } from '../../schema/job.js';
import { suggest } from '../../suggest/suggest.js';
import { knownOf } from '../data.js';
import { onInterrupt } from '../interrupt.js';
import { loadAny, single } from '../models.js';
import { remark } from '../output.js';

export interface SuggestCommand {
  readonly model: string;
  readonly candidates: Source;
  readonly count: number;
  readonly out: string;
  readonly threads?: number;
}

/** Columns of a `.csv` have the names of the training, else of the candidates, where there are such. */
export async function suggestCommand({
  model: path,
  candidates,
  count,
  out,
  threads,
}: SuggestCommand): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const isCsv = formatOf(out) === 'csv';
  await checkWritable(out);
  using model = await loadAny(path);
  const { matrix, names, note } = await readTable(candidates, knownOf(model.names.inputs));
  if (note !== null) remark(note);
  const { inputs } = await suggest(single(model, 'suggest'), { candidates: matrix, count, signal, threads });
  signal.throwIfAborted();
  const header = [...(model.names.inputs ?? names ?? [])];
  const isWhole = header.length > 0 && header.every((name) => name.trim() !== '');
  await writeMatrix(out, inputs, isCsv && isWhole ? { header } : {});
  return 0;
}
