/** @file `gnvpro evaluate`: how well a model meets targets. */
import type { Labels } from '../../data/classes.js';
import { readMatrix } from '../../files/matrixFile.js';
import { type AnyMetrics, Model } from '../../model/model.js';
import type { SampleSources } from '../../schema/job.js';
import { onInterrupt } from '../interrupt.js';
import { answer } from '../output.js';
import { readLabelsOrShares } from '../targets.js';
import { metricsTable } from '../text.js';
import { type Format, isJson } from './format.js';

interface EvaluateCommand extends SampleSources {
  readonly model: string;
  readonly threads: number | undefined;
  readonly format: Format;
}

export async function evaluateCommand(command: EvaluateCommand): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  using model = await Model.load<AnyMetrics>(command.model);
  const inputs = await readMatrix(command.inputs);
  const read = model.classes === null ? readMatrix : readLabelsOrShares;
  const targets = (await read(command.targets)) as Labels;
  const { threads } = command;
  const metrics = await model.evaluate(inputs, targets, { signal, threads });
  answer(isJson(command.format) ? JSON.stringify(metrics) : metricsTable({ data: metrics }));
  return 0;
}
