/** @file The data of a training: checked, split into training and validation samples, on memory of its own. */
import { sharedArray, sharedCopy } from '../data/buffers.js';
import type { Labels } from '../data/classes.js';
import { asColumn, type FlatNumbers } from '../data/flat.js';
import { type Matrix, type MatrixLike, sharedMatrix, toMatrix } from '../data/matrix.js';
import { noNames, readNames } from '../data/names.js';
import { checkColumns, type PresentSamples, presentSamples, type Samples, takeSamples } from '../data/samples.js';
import { apportion, cut, leastShare } from '../data/split.js';
import { readWeights, type SampleWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { checkTwoClasses } from '../loss/classes.js';
import { Random } from '../random.js';
import { checkNumber, checkOptions, invalid } from '../validate/check.js';
import { anyOf, number, object, ref } from '../validate/schema.js';
import { loss } from './loss.js';
import { givenModel } from './model.js';
import { option, type Reading } from './option.js';
import { seed } from './start.js';

/** The samples of a training with their weights, all above 0. */
export interface Weighted {
  readonly samples: Samples;
  readonly weights: SampleWeights;
}

/** All data options together. */
export const data = {
  read(reading: Reading) {
    const { all, held, classes } = readGiven(reading);
    const { validation } = reading.given;
    const parts =
      typeof validation === 'number'
        ? split(all, validation, reading.of(seed).seed)
        : { training: ownCopy(all), validation: held === null ? null : ownCopy(held) };
    if (classes !== null && reading.of(givenModel) === undefined) {
      checkTwoClasses(parts.training.samples.targets, classes);
    }
    const { inputs, targets } = all.samples;
    return { ...parts, classes, columns: { inputs: inputs.shape[1], targets: targets.shape[1] } };
  },
};

/** Samples of weight 0 are left out before anything else sees them. */
function readGiven(reading: Reading) {
  const { inputs, targets, validation, sampleWeights } = reading.given;
  const first = presentOf(inputs, targets, sampleWeights, '');
  const own = validation !== undefined && typeof validation !== 'number' ? validation : null;
  if (own !== null) checkOptions(own, ['inputs', 'targets', 'sampleWeights'], 'validation');
  const second = own === null ? null : presentOf(own.inputs, own.targets, own.sampleWeights, 'validation.');
  const { meaning } = reading.of(loss).loss;
  const classes = meaning.classesIn && (reading.of(givenModel)?.classes ?? meaning.classesIn(first.targets));
  const read = (some: PresentSamples, prefix: string) =>
    weighted(some, meaning.readTargets(some.targets, `${prefix}targets`, classes), prefix);
  const all = read(first, '');
  const held = second && read(second, 'validation.');
  if (held !== null) checkColumns(held.samples, all.samples, 'validation');
  return { all, held, classes };
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

function weighted({ inputs, weights }: PresentSamples, targets: Matrix, prefix: string): Weighted {
  const [rows, others] = [inputs.shape[0], targets.shape[0]];
  if (rows === others) return { samples: { inputs, targets }, weights };
  throw new GnvproError(
    'ERR_SHAPE',
    `Expected as many rows of ${prefix}targets as of ${prefix}inputs, ${rows}, but received ${others}.`,
  );
}

/** Throws ERR_OPTION where there are no validation data, by which `what` decides. */
export function requireValidation(reading: Reading, what: string): void {
  if (reading.of(data).validation !== null) return;
  throw new GnvproError('ERR_OPTION', `Expected validation data with ${what}, which decide.`);
}

/** Copies, which the training scales in place. */
function ownCopy({ samples: { inputs, targets }, weights }: Weighted): Weighted {
  return {
    samples: { inputs: sharedMatrix(inputs), targets: sharedMatrix(targets) },
    weights: weights && sharedCopy(weights),
  };
}

/** The fraction that is held back for validation, and the rest, both copied. */
function split({ samples: all, weights }: Weighted, fraction: number, by: number) {
  checkNumber(fraction, 'validation', { above: 0, max: 0.9 });
  const samples = all.inputs.shape[0];
  if (samples < 2 || fraction * samples < leastShare) {
    throw invalid('a fraction that leaves samples on both sides', 'validation', fraction);
  }
  const counts = apportion([fraction * samples, samples - fraction * samples], [1, 1], samples);
  const [held, rest] = cut(new Random(by).permutation(samples), counts);
  const part = (rows: Int32Array): Weighted => ({
    samples: takeSamples(all, rows, sharedArray),
    weights: weights && sharedCopy(Float64Array.from(rows, (row) => weights[row])),
  });
  return { training: part(rest), validation: part(held) };
}

export const inputs = option({
  name: 'inputs',
  group: 'Data',
  help: 'N × d inputs, a row a sample.',
  schema: ref('matrix'),
  read: (_, reading) => ({ training: reading.of(data).training.samples }),
  decides: ({ training }) => training.inputs,
});

export const targets = option({
  name: 'targets',
  group: 'Data',
  help: 'N × t targets, a row a sample.',
  schema: ref('matrix'),
  read: (_, reading) => ({ classes: reading.of(data).classes }),
  decides: ({ classes, training }) => ({ classes, targets: training.targets }),
});

export const names = option({
  name: 'names',
  help: 'Names of the columns: chosen by them where the file has a header, given to them where it has none. The model keeps them. Default: those of the header.',
  schema: object({
    inputs: ref('names', { description: 'Of the inputs, one a column.' }),
    targets: ref('names', { description: 'Of the targets, one a column; of labels one.' }),
  }),
  read(names, reading) {
    const { classes, columns } = reading.of(data);
    const known = reading.of(givenModel)?.names ?? noNames;
    return { names: readNames(names, known, { inputs: columns.inputs, outputs: columns.targets, classes }) };
  },
});

export const sampleWeights = option({
  name: 'sampleWeights',
  group: 'Data',
  help: 'N weights of the samples, one column: 2 stands for two samples, 0 for none.',
  schema: ref('matrix'),
  read: (_, reading) => ({ sampleWeights: reading.of(data).training.weights }),
  decides: ({ sampleWeights }) => sampleWeights,
});

export const validation = option({
  name: 'validation',
  group: 'Data',
  help: 'A fraction of the samples, chosen with the seed, or data of its own (instead of split).',
  schema: anyOf([number({ exclusiveMinimum: 0, maximum: 0.9 }), ref('samples')]),
  read(_, reading) {
    const { samples, weights } = reading.of(data).validation ?? { samples: null, weights: null };
    return { validation: samples, validationWeights: weights };
  },
  decides: ({ validation, validationWeights }) => ({ validation, validationWeights }),
});
