/** @file `gnvpro predict`: a model and a file of inputs in, a file of predictions out. */
import { readMatrix, writeMatrix } from '../../files/matrixFile.js';
import { Model } from '../../model/model.js';
import type { Source } from '../../schema/job.js';
import { onInterrupt } from '../interrupt.js';

interface PredictCommand {
  readonly model: string;
  readonly inputs: Source;
  readonly out: string;
  readonly threads: number | undefined;
}

export async function predictCommand({ model: path, inputs, out, threads }: PredictCommand): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  using model = await Model.load(path);
  const Y = await readMatrix(inputs);
  const predictions = await model.predict(Y, { signal, threads });
  signal.throwIfAborted();
  await writeMatrix(out, predictions);
  return 0;
}
