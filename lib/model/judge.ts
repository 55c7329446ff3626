/** @file Targets, checked against what a model gives, and what its outputs are worth. */
import { type ClassName, classTargets } from '../data/classes.js';
import { asRows } from '../data/flat.js';
import { type Matrix, type MatrixLike, ownMatrix } from '../data/matrix.js';
import type { PresentSamples } from '../data/samples.js';
import { GnvproError } from '../errors.js';
import { type AnyMetrics, evaluateOutputs } from '../loss/meaning.js';
import { lossFacts } from '../loss/registry.js';
import type { ScoreKind } from '../metrics/classification.js';

interface Judged {
  readonly outputs: number;
  readonly classes: readonly ClassName[] | null;
  readonly loss: string;
}

/** Reads the targets before it returns. Throws ERR_SHAPE, ERR_LABEL and what the readers of targets do. */
export function judgeOf(
  { outputs, classes, loss }: Judged,
  present: PresentSamples,
): (predicted: Float64Array, scores?: ScoreKind) => AnyMetrics {
  const { meaning } = lossFacts(loss);
  const { weights: sampleWeights } = present;
  const truth = readTruth({ outputs, classes }, present);
  return (data, scores) =>
    evaluateOutputs(meaning, { data, shape: truth.shape }, truth, { classes, sampleWeights, scores });
}

/** The targets as a matrix of their own, N × outputs. Throws the same. */
export function readTruth(
  { outputs, classes }: Omit<Judged, 'loss'>,
  { inputs, targets }: { readonly inputs: Sized } & Pick<PresentSamples, 'targets'>,
): Matrix {
  const truth =
    classes === null
      ? ownMatrix(asRows(targets as MatrixLike, outputs, 'targets'), 'targets')
      : classTargets(targets, classes, { name: 'targets' });
  checkTargets(truth, inputs, outputs);
  return truth;
}

interface Sized {
  readonly shape: readonly [rows: number, cols: number];
}

/** Throws ERR_SHAPE. */
export function checkTargets({ shape: [rows, cols] }: Sized, { shape: [N] }: Sized, outputs: number): void {
  if (rows === N && cols === outputs) return;
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected ${N} × ${outputs} targets, a row for each of the inputs, but received ${rows} × ${cols}.`,
  );
}
