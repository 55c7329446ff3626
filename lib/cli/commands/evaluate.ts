/** @file `gnvpro evaluate`: how well a model meets targets. */
import { readMatrix } from '../../files/matrixFile.js';
import { Model } from '../../model/model.js';
import type { SampleSources } from '../../schema/job.js';
import { onInterrupt } from '../interrupt.js';
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
  using model = await Model.load(command.model);
  const inputs = await readMatrix(command.inputs);
  const targets = await readMatrix(command.targets);
  const { threads } = command;
  const metrics = await model.evaluate(inputs, targets, { signal, threads });
  console.log(isJson(command.format) ? JSON.stringify(metrics) : metricsTable({ data: metrics }));
  return 0;
}
