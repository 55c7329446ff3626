/** @file The data of a training: checked, split into training and validation samples, on memory of its own. */
import { sharedArray, snapshot } from '../data/buffers.js';
import type { ClassName } from '../data/classes.js';
import { asColumn } from '../data/flat.js';
import { type Matrix, sharedMatrix, toMatrix } from '../data/matrix.js';
import { checkColumns, type Samples, takeSamples } from '../data/samples.js';
import { GnvproError } from '../errors.js';
import { Random } from '../random.js';
import { checkNumber, checkOptions, invalid } from '../validate/check.js';
import type { TrainOptions } from './options.js';
import { readTargets } from './targets.js';

export interface Data {
  readonly all: Samples;
  /** Of its own. */
  readonly validation: Samples | null;
  readonly sampleWeights: Float64Array | null;
  readonly classes: readonly ClassName[] | null;
}

export function readData({ inputs, targets, validation, sampleWeights, initial }: TrainOptions, loss: string): Data {
  const X = inputsOf(inputs, 'inputs');
  const own = validation !== undefined && typeof validation !== 'number' ? validation : null;
  if (own !== null) checkOptions(own, ['inputs', 'targets'], 'validation');
  const read = readTargets(loss, targets, own === null ? null : own.targets, initial?.classes ?? null);
  const all = samplesOf(X, read.training, '');
  const others =
    own === null
      ? null
      : samplesOf(inputsOf(own.inputs, 'validation.inputs'), read.validation as Matrix, 'validation.');
  if (others !== null) checkColumns(others, all, 'validation');
  return {
    all,
    validation: others,
    sampleWeights: readWeights(sampleWeights, all.inputs.shape[0]),
    classes: read.classes,
  };
}

function inputsOf(values: TrainOptions['inputs'], name: string): Matrix {
  return toMatrix(asColumn(values, name), name);
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

function readWeights(weights: ArrayLike<number> | undefined, samples: number): Float64Array | null {
  if (weights === undefined) return null;
  const own = Float64Array.from(snapshot(weights, 'sampleWeights'));
  if (own.length !== samples) throw invalid(`${samples} numbers, one a sample,`, 'sampleWeights', weights);
  const at = own.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (at !== -1) throw invalid('finite numbers of at least 0', `entry ${at} of sampleWeights`, own[at]);
  if (own.every((weight) => weight === 0)) throw invalid('a weight above 0', 'sampleWeights', 0);
  return own;
}

/** Copies, which the training scales in place. */
export function split({ all, validation, sampleWeights }: Data, option: TrainOptions['validation'], seed: number) {
  const own = ({ inputs, targets }: Samples) => ({ inputs: sharedMatrix(inputs), targets: sharedMatrix(targets) });
  if (typeof option !== 'number') {
    const weights = sampleWeights === null ? null : sharedCopy(sampleWeights);
    return {
      training: own(all),
      validation: validation === null ? null : own(validation),
      sampleWeights: weights,
      validationWeights: null,
    };
  }
  checkNumber(option, 'validation', { above: 0, max: 0.9 });
  const samples = all.inputs.shape[0];
  const held = Math.round(option * samples);
  if (held < 1 || held >= samples) throw invalid('a fraction that leaves samples on both sides', 'validation', option);
  const order = new Random(seed).permutation(samples);
  const part = (rows: Int32Array) => takeSamples(all, rows, sharedArray);
  const [rows, others] = [order.slice(held), order.slice(0, held)];
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
