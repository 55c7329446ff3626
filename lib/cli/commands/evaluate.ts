/** @file `gnvpro evaluate`: how well a model meets targets. */
import type { LabelTable } from '../../files/labels.js';
import { readTable } from '../../files/matrixFile.js';
import type { Table } from '../../files/table.js';
import type { AnyMetrics } from '../../loss/meaning.js';
import type { Ensemble } from '../../model/ensemble.js';
import type { Model } from '../../model/model.js';
import type { SampleSources, Source } from '../../schema/job.js';
import { knownOf, readSampleWeights } from '../data.js';
import { onInterrupt } from '../interrupt.js';
import { loadAny } from '../models.js';
import { answer, type Format, isJson, remark } from '../output.js';
import { isLabels, readLabelsOrShares } from '../targets.js';
import { metricsTable } from '../text.js';

interface EvaluateCommand extends SampleSources {
  readonly model: string;
  readonly threads: number | undefined;
  readonly format: Format;
}

export async function evaluateCommand(command: EvaluateCommand): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  using model = await loadAny(command.model);
  const inputs = await readTable(command.inputs, knownOf(model.names.inputs));
  const targets = await readTruth(command.targets, model);
  for (const note of new Set([inputs.note, targets.note])) if (note !== null) remark(note);
  const { threads } = command;
  const sampleWeights = await readSampleWeights(command.sampleWeights, inputs.matrix);
  const truth = isLabels(targets) ? targets.labels : targets.matrix;
  const metrics = await model.evaluate(inputs.matrix, truth, { signal, threads, sampleWeights });
  answer(isJson(command.format) ? JSON.stringify(metrics) : metricsTable({ data: metrics }, {}, model.names.targets));
  return 0;
}

/** Columns by the names of the training; shares of classes also by the classes, as `gnvpro predict` writes them. */
function readTruth(
  source: Source,
  { names, classes }: Model<AnyMetrics> | Ensemble<AnyMetrics>,
): Promise<Table | LabelTable> {
  const known = knownOf(names.targets);
  if (classes === null) return readTable(source, known);
  return readLabelsOrShares(source, known.length === 0 ? known : [...known, classes.map(String)]);
}
