/** @file The data of a training: checked, split into training and validation samples, on memory of its own. */
import { sharedArray, sharedCopy } from '../data/buffers.js';
import type { ClassName, Labels } from '../data/classes.js';
import { asColumn, type FlatNumbers } from '../data/flat.js';
import { type MatrixLike, toMatrix } from '../data/matrix.js';
import { noNames, readNames } from '../data/names.js';
import { checkColumns, type PresentSamples, presentSamples, type TrainingSamples, takeAny } from '../data/samples.js';
import { apportion, cut, leastShare } from '../data/split.js';
import { type AnyMatrix, isStored, ownShared, type StoredMatrix } from '../data/stored.js';
import { readWeights, type SampleWeights } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import { FileMatrix } from '../files/fileMatrix.js';
import { pieces } from '../job/rows.js';
import { checkTwoClasses } from '../loss/classes.js';
import type { Meaning } from '../loss/meaning.js';
import { Random } from '../random.js';
import { checkNumber, checkOptions, invalid } from '../validate/check.js';
import { anyOf, number, object, ref } from '../validate/schema.js';
import { loss } from './loss.js';
import { givenModel } from './model.js';
import { option, type Reading } from './option.js';
import { seed } from './start.js';

/** The samples of a training with their weights, all above 0. */
export interface Weighted<S extends TrainingSamples = TrainingSamples> {
  readonly samples: S;
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
  const classes = meaning.classesIn && (reading.of(givenModel)?.classes ?? classesIn(meaning, first.targets));
  const read = (some: Present, prefix: string) =>
    weighted(some, readTargets(meaning, some.targets, `${prefix}targets`, classes), prefix);
  const all = read(first, '');
  const held = second && read(second, 'validation.');
  if (held !== null) checkColumns(held.samples, all.samples, 'validation');
  return { all, held, classes };
}

type Present = PresentSamples<AnyMatrix, Labels | StoredMatrix>;

function presentOf(
  inputs: MatrixLike | FlatNumbers | StoredMatrix,
  targets: Labels | StoredMatrix,
  weights: ArrayLike<number> | undefined,
  prefix: string,
): Present {
  const isFile = inputs instanceof FileMatrix;
  const X: AnyMatrix = isFile ? inputs : toMatrix(asColumn(inputs as MatrixLike, `${prefix}inputs`), `${prefix}inputs`);
  return presentSamples(X, targets, readWeights(weights, X.shape[0], `${prefix}sampleWeights`));
}

function classesIn({ classesIn }: Meaning, targets: Labels | StoredMatrix): readonly ClassName[] | null {
  if (classesIn === null) return null;
  if (!(targets instanceof FileMatrix)) return classesIn(targets as Labels);
  if (targets.shape[1] > 1) return Array.from({ length: targets.shape[1] }, (_, j) => j);
  const found = new Set<number>();
  eachPiece(targets, (some) => {
    for (const label of some) found.add(label);
  });
  return classesIn([...found]);
}

/** Those in a file are looked at once where a loss does not take all numbers. */
function readTargets(
  meaning: Meaning,
  targets: Labels | StoredMatrix,
  name: string,
  classes: readonly ClassName[] | null,
): AnyMatrix {
  if (!(targets instanceof FileMatrix)) return meaning.readTargets(targets as Labels, name, classes);
  if (classes !== null) {
    return targets.shape[1] === 1 ? targets.with({ classes }) : targets.with({ areShares: true });
  }
  if (meaning.probabilities !== null) {
    const { path, shape } = targets;
    eachPiece(targets, (data, begin) => {
      const piece = { data, shape: [data.length / shape[1], shape[1]] as const };
      meaning.readTargets(piece, begin === 0 ? path : `${path} from its row ${begin} on`, null);
    });
  }
  return targets;
}

function eachPiece(m: StoredMatrix, work: (some: Float64Array, begin: number) => void): void {
  const [rows, cols] = m.shape;
  for (const [begin, end] of pieces(rows, cols)) work(m.read(begin, end), begin);
}

function weighted({ inputs, weights }: Present, targets: AnyMatrix, prefix: string): Weighted {
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

/** Copies, which the training scales in place; what is in files stays as it is. */
function ownCopy({ samples: { inputs, targets }, weights }: Weighted): Weighted {
  return {
    samples: { inputs: ownShared(inputs), targets: ownShared(targets) },
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
    samples: { inputs: takeAny(all.inputs, rows, sharedArray), targets: takeAny(all.targets, rows, sharedArray) },
    weights: weights && sharedCopy(Float64Array.from(rows, (row) => weights[row])),
  });
  return { training: part(rest), validation: part(held) };
}

/** What tells data from others; files by their size and when they were written, not by what they hold. */
function decisiveOf(m: AnyMatrix): object {
  return isStored(m) ? m.fingerprint : m;
}

export const inputs = option({
  name: 'inputs',
  group: 'Data',
  help: 'N × d inputs, a row a sample.',
  schema: ref('matrix'),
  read: (_, reading) => ({ training: reading.of(data).training.samples }),
  decides: ({ training }) => decisiveOf(training.inputs),
});

export const targets = option({
  name: 'targets',
  group: 'Data',
  help: 'N × t targets, a row a sample.',
  schema: ref('matrix'),
  read: (_, reading) => ({ classes: reading.of(data).classes }),
  decides: ({ classes, training }) => ({ classes, targets: decisiveOf(training.targets) }),
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
  decides: ({ validation, validationWeights }) => {
    const { inputs, targets } = validation ?? { inputs: null, targets: null };
    const samples = inputs && { inputs: decisiveOf(inputs), targets: decisiveOf(targets) };
    return { validation: samples, validationWeights };
  },
});
