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
import { fileRows, readRows } from '../rows.js';
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
  const inputs = await readRows(command.inputs, knownOf(model.names.inputs));
  const targets = (await fileRows(command.targets)) ?? (await readTruth(command.targets, model));
  for (const note of notesOf([inputs, targets])) remark(note);
  const { threads } = command;
  const Y = 'matrix' in inputs ? inputs.matrix : inputs;
  const sampleWeights = await readSampleWeights(command.sampleWeights, Y);
  const truth = 'note' in targets ? (isLabels(targets) ? targets.labels : targets.matrix) : targets;
  const metrics = await model.evaluate(Y, truth, { signal, threads, sampleWeights });
  answer(isJson(command.format) ? JSON.stringify(metrics) : metricsTable({ data: metrics }, {}, model.names.targets));
  return 0;
}

function notesOf(sources: readonly (object | { readonly note: string | null })[]): Set<string> {
  return new Set(sources.flatMap((source) => ('note' in source ? (source.note ?? []) : [])));
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
