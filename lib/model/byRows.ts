/** @file Predictions and metrics of inputs in files, some rows at a time, so that memory does not grow with the samples. */
import type { ClassName } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import type { PresentSamples } from '../data/samples.js';
import { loaded } from '../data/stored.js';
import { readWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { FileMatrix } from '../files/fileMatrix.js';
import { driveUntilAborted } from '../job/cancel.js';
import { pieces, type Rows, someRows } from '../job/rows.js';
import type { AnyMetrics } from '../loss/meaning.js';
import { lossFacts } from '../loss/registry.js';
import type { ScoreKind } from '../metrics/classification.js';
import { allocate } from './allocate.js';
import { checkTargets, readTruth } from './judge.js';

interface Sizes {
  readonly inputs: number;
  readonly outputs: number;
}

/** What `predict` says of some rows after the others. Throws ERR_SHAPE for another number of columns. */
export async function* byRows<T = Matrix>(
  { inputs, outputs }: Sizes,
  file: FileMatrix,
  predict: (some: Matrix) => Promise<T>,
): AsyncGenerator<T> {
  const [rows, cols] = file.shape;
  checkInputs(cols, inputs);
  for (const [begin, end] of pieces(rows, Math.max(inputs, outputs))) {
    yield await predict({ data: file.read(begin, end), shape: [end - begin, cols] });
  }
}

export function checkInputs(cols: number, inputs: number): void {
  if (cols === inputs) return;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected N × ${inputs} inputs, as the model was trained on, but received N × ${cols}.`,
  );
}

/** All that `pieces` say of so many rows, in memory. Throws ERR_MEMORY. */
export async function gathered(rows: number, cols: number, pieces: AsyncIterable<Matrix>): Promise<Matrix> {
  const data = allocate('predictions that fit', rows, cols);
  let at = 0;
  for await (const piece of pieces) {
    data.set(piece.data, at);
    at += piece.data.length;
  }
  return { data, shape: [rows, cols] };
}

interface Judged extends Sizes {
  readonly classes: readonly ClassName[] | null;
  readonly loss: string;
}

export interface FileSamples {
  readonly inputs: FileMatrix;
  readonly targets: FileMatrix | PresentSamples['targets'];
  readonly sampleWeights: ArrayLike<number> | undefined;
}

/** How well what `predict` says meets the targets. Throws as `Model.evaluate` does, and ERR_DATA_FILE. */
export async function evaluateByRows(
  judged: Judged,
  { inputs, targets, sampleWeights }: FileSamples,
  predict: (some: Matrix) => Promise<Matrix>,
  { scores, signal }: { readonly scores?: ScoreKind; readonly signal?: AbortSignal },
): Promise<AnyMetrics> {
  const weights = readWeights(sampleWeights, inputs.shape[0]);
  const truth = truthOf(judged, inputs, targets);
  checkTargets(truth, inputs, judged.outputs);
  const { meaning } = lossFacts(judged.loss);
  const about = { classes: judged.classes, sampleWeights: weights, scores };
  const tally = await driveUntilAborted(signal, (cancelFlag) => meaning.tally(truth, about, cancelFlag));
  let begin = 0;
  for await (const { data, shape } of byRows(judged, inputs, predict)) {
    tally.add(data, someRows(truth, begin, begin + shape[0]), begin);
    begin += shape[0];
  }
  return tally.value;
}

function truthOf(judged: Judged, inputs: FileMatrix, targets: FileSamples['targets']): Rows {
  if (!(targets instanceof FileMatrix)) return readTruth(judged, { inputs, targets });
  if (judged.classes === null) return targets;
  return targets.shape[1] === 1 ? targets.with({ classes: judged.classes }) : targets.with({ areShares: true });
}

/** What is in a file read as a whole. */
export function inMemory<T>(m: T | FileMatrix): T | Matrix {
  return m instanceof FileMatrix ? loaded(m) : m;
}
