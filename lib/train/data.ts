/** @file The data of a training: checked, split into training and validation samples, on memory of its own. */
import { apportion, leastShare } from '../data/apportion.js';
import { sharedArray } from '../data/buffers.js';
import type { ClassName, Labels } from '../data/classes.js';
import { asColumn, type FlatNumbers } from '../data/flat.js';
import { type Matrix, type MatrixLike, sharedMatrix, toMatrix } from '../data/matrix.js';
import { checkColumns, presentSamples, type Samples, takeSamples } from '../data/samples.js';
import { cut } from '../data/split.js';
import { readWeights, type SampleWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import type { Loss } from '../loss/loss.js';
import { Random } from '../random.js';
import { checkNumber, checkOptions, invalid } from '../validate/check.js';
import type { TrainOptions } from './options.js';

export interface Data {
  readonly all: Samples;
  /** Validation samples that were given as data of their own. */
  readonly validation: Samples | null;
  /** All above 0. */
  readonly sampleWeights: SampleWeights;
  /** Weights of the validation samples that are given. */
  readonly validationWeights: SampleWeights;
  readonly classes: readonly ClassName[] | null;
}

/** Samples of weight 0 are left out before anything else sees them. */
export function readData(options: TrainOptions, { meaning }: Loss): Data {
  const { inputs, targets, validation, sampleWeights, initial } = options;
  const given = presentOf(inputs, targets, sampleWeights, '');
  const own = validation !== undefined && typeof validation !== 'number' ? validation : null;
  if (own !== null) checkOptions(own, ['inputs', 'targets', 'sampleWeights'], 'validation');
  const others = own && presentOf(own.inputs, own.targets, own.sampleWeights, 'validation.');
  const classes = meaning.classesIn && (initial?.classes ?? meaning.classesIn(given.targets));
  const read = (targets: Labels, prefix: string) => meaning.readTargets(targets, `${prefix}targets`, classes);
  const all = samplesOf(given.inputs, read(given.targets, ''), '');
  const held = others && samplesOf(others.inputs, read(others.targets, 'validation.'), 'validation.');
  if (held !== null) checkColumns(held, all, 'validation');
  return {
    all,
    validation: held,
    sampleWeights: given.weights,
    validationWeights: others?.weights ?? null,
    classes,
  };
}

function presentOf(
  inputs: MatrixLike | FlatNumbers,
  targets: Labels,
  weights: ArrayLike<number> | undefined,
  prefix: string,
) {
  const X = toMatrix(asColumn(inputs, `${prefix}inputs`), `${prefix}inputs`);
  return presentSamples(X, targets, readWeights(weights, X.shape[0], `${prefix}sampleWeights`));
}

function samplesOf(inputs: Matrix, targets: Matrix, prefix: string): Samples {
  const [rows, others] = [inputs.shape[0], targets.shape[0]];
  if (rows !== others) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Expected as many rows of ${prefix}targets as of ${prefix}inputs, ${rows}, but received ${others}.`,
    );
  }
  return { inputs, targets };
}

/** Copies, which the training scales in place. */
export function split(
  { all, validation, sampleWeights, validationWeights }: Data,
  option: TrainOptions['validation'],
  seed: number,
) {
  const own = ({ inputs, targets }: Samples) => ({ inputs: sharedMatrix(inputs), targets: sharedMatrix(targets) });
  if (typeof option !== 'number') {
    return {
      training: own(all),
      validation: validation === null ? null : own(validation),
      sampleWeights: sampleWeights && sharedCopy(sampleWeights),
      validationWeights,
    };
  }
  checkNumber(option, 'validation', { above: 0, max: 0.9 });
  const samples = all.inputs.shape[0];
  if (samples < 2 || option * samples < leastShare) {
    throw invalid('a fraction that leaves samples on both sides', 'validation', option);
  }
  const counts = apportion([option * samples, samples - option * samples], [1, 1], samples);
  const [others, rows] = cut(new Random(seed).permutation(samples), counts);
  const part = (rows: Int32Array) => takeSamples(all, rows, sharedArray);
  const weightsOf = (some: Int32Array) =>
    sampleWeights === null ? null : sharedCopy(Float64Array.from(some, (row) => sampleWeights[row]));
  return {
    training: part(rows),
    validation: part(others),
    sampleWeights: weightsOf(rows),
    validationWeights: weightsOf(others),
  };
}

function sharedCopy(values: Float64Array): Float64Array {
  const copy = sharedArray(values.length);
  copy.set(values);
  return copy;
}
