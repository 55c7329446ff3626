/** @file α_θ and α_W: given, usual, or to be found. */
import { isClosed } from '../backend/loss.js';
import { snapshot } from '../data/buffers.js';
import { isPca } from '../data/scaling.js';
import { countedSamples } from '../data/weights.js';
import { GnvproError } from '../errors.js';
import type { Loss } from '../loss/loss.js';
import type { QuadraticRegularizer } from '../regularizer/quadratic.js';
import { checkNumber, checkOptions, invalid } from '../validate/check.js';
import { anyOf, number, object, words } from '../validate/schema.js';
import { data, requireValidation } from './data.js';
import { obstacleToEvidence } from './evidence.js';
import { loss } from './loss.js';
import { network } from './network.js';
import { option, type Reading } from './option.js';
import { levels } from './runs.js';
import { scaling } from './scaling.js';
import type { RegularizationOption, TrainOptions } from './trainOptions.js';

const alpha = (description: string) => anyOf([number({ minimum: 0 }), words(['auto'])], { description });

export const regularization = option({
  name: 'regularization',
  help: 'Tikhonov regularisation. evidence finds both numbers during the training, without validation data; so does auto, where it can, and else stands for auto of both.',
  schema: anyOf([
    words(['auto', 'evidence']),
    object({
      theta: alpha(
        'α_θ of the nonlinear weights, or auto: found on the validation data by some trainings. Default: for leastSquares 3e-3 r³ with r weights a sample, taken between 0.03 and 1; else 1e-3, and 3e-4 where inputs are principal components.',
      ),
      W: alpha('α_W of the last layer, or auto. Default: for leastSquares 3e-6 r², else 1e-4.'),
    }),
  ]),
  read(value, reading) {
    if (isByEvidence(value, reading)) return byEvidence;
    const given = bothOf(value);
    const { weights } = reading.of(network).network;
    const fitted = reading.of(loss).loss;
    const { samples, weights: sampleWeights } = reading.of(data).training;
    const usual = fitted.usualAlphas(weights, countedSamples(sampleWeights, samples.inputs.shape[0]));
    const { theta = usual.theta * shareOfComponents(reading), W = usual.W } = given;
    // No weights leave nothing to find.
    const alphaTheta = readTheta(theta === 'auto' && weights === 0 ? 0 : theta, reading.of(levels).levels);
    const alphaW = readW(W, alphaTheta, fitted);
    if (searches(alphaTheta, alphaW, fitted)) requireValidation(reading, "regularization 'auto'");
    return {
      alphaTheta,
      alphaW,
      /** Whether α_θ is not the caller's number: it then goes with the square of the targets' unit. */
      isAlphaRelative: given.theta === undefined || given.theta === 'auto',
      evidence: false,
    };
  },
  used: (_, { regularization }) => regularization,
  decides: ({ alphaTheta, alphaW, isAlphaRelative, evidence }) => {
    return { theta: alphaTheta, W: alphaW, isAlphaRelative, evidence };
  },
});

/** Principal components are of size 1 at most, and most of them far smaller: their weights are the larger. */
function shareOfComponents(reading: Reading): number {
  const { inputs } = reading.of(scaling).scaling;
  return !isClosed(reading.of(loss).loss) && isPca(inputs) ? 0.3 : 1;
}

/** Both numbers are found on the way: what the objective begins with says nothing. */
const byEvidence = { alphaTheta: 1, alphaW: 1, isAlphaRelative: true, evidence: true } as const;

/** Throws ERR_OPTION where evidence is asked for and cannot be had. */
function isByEvidence(value: unknown, reading: Reading): boolean {
  if (value !== 'evidence' && value !== 'auto') return false;
  const obstacle = obstacleToEvidence(reading);
  if (obstacle === null || value === 'auto') return obstacle === null;
  throw new GnvproError('ERR_OPTION', `Expected ${obstacle} with regularization 'evidence'.`);
}

/** The two numbers that a word for both stands for. Throws ERR_OPTION. */
export function bothOf(regularization: TrainOptions['regularization'] = {}): RegularizationOption {
  if (regularization === 'auto') return { theta: 'auto', W: 'auto' };
  if (regularization === 'evidence') return {};
  if (typeof regularization !== 'object' || regularization === null) {
    throw invalid("'auto', 'evidence' or { theta, W }", 'regularization', regularization);
  }
  checkOptions(regularization, ['theta', 'W'], 'regularization');
  return regularization;
}

/** Whether validation data have to find a number. With a given α_θ, least squares needs no search. */
export function searches(alphaTheta: unknown, alphaW: unknown, loss: Pick<Loss, 'curvature'>): boolean {
  return alphaTheta === 'auto' || (alphaW === 'auto' && !isClosed(loss));
}

/** More would overflow in products with the squares of the weights. */
const largestAlpha = 1e300;

function checkAlpha(alpha: number, name: string): void {
  checkNumber(alpha, name, { min: 0 });
  checkNumber(alpha, name, { max: largestAlpha });
}

function readTheta(alpha: number | 'auto' | QuadraticRegularizer, levels: number): typeof alpha {
  if (alpha === 'auto') return alpha;
  if (typeof alpha !== 'object' || alpha === null) {
    checkAlpha(alpha, 'regularization.theta');
    return alpha;
  }
  checkOptions(alpha, ['rowPointers', 'columns', 'values', 'reference'], 'regularization.theta');
  if (levels > 1)
    throw invalid('a number', 'regularization.theta of several levels', alpha, ' An operator fits one depth only.');
  const own = <T>(array: T, name: string) => snapshot(array, `${name} of regularization.theta`);
  return {
    rowPointers: own(alpha.rowPointers, 'rowPointers'),
    columns: own(alpha.columns, 'columns'),
    values: own(alpha.values, 'values'),
    reference: own(alpha.reference, 'reference'),
  };
}

/** `gcv` is by generalised cross validation. */
function readW(alphaW: number | 'auto', alphaTheta: unknown, loss: Loss): number | 'auto' | 'gcv' {
  if (alphaW === 'auto') return searches(alphaTheta, alphaW, loss) ? 'auto' : 'gcv';
  checkAlpha(alphaW, 'regularization.W');
  if (alphaW > 0 || isClosed(loss)) return alphaW;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected regularization.W above 0 for the loss "${loss.name}" but received 0: the last layer would not be unique, or not finite.`,
  );
}
