/** @file How models are judged on validation data, and what makes probabilities of classes honest. */
import { GnvproError } from '../errors.js';
import { lossKind } from '../loss/defineLoss.js';
import { checkOneOf, invalid } from '../validate/check.js';
import { words } from '../validate/schema.js';
import { data } from './data.js';
import { aNumber, yesOrNo } from './kinds.js';
import { loss } from './loss.js';
import { option, type Reading } from './option.js';
import { type ValidationMetric, validationMetrics } from './trainOptions.js';

export const validationMetric = option({
  name: 'validationMetric',
  help: 'What best means on validation data, in original units (default rmse for leastSquares, else loss).',
  schema: words(validationMetrics),
  read: (metric, reading) => ({ validationMetric: metricFor(metric, reading.of(loss).loss) }),
  used: ({ validation, validationMetric }) => (validation === null ? null : validationMetric),
});

function metricFor(metric: ValidationMetric | undefined, loss: string): ValidationMetric {
  const { kind } = lossKind(loss);
  if (metric === undefined) return kind === 'leastSquares' ? 'rmse' : 'loss';
  checkOneOf(metric, 'validationMetric', validationMetrics);
  const isRate = metric === 'errorRate';
  const judgesClasses = kind === 'softmax' || kind === 'logistic';
  if (metric === 'loss' || isRate === judgesClasses) return metric;
  throw invalid(
    judgesClasses ? "'loss' or 'errorRate'" : "'rmse', 'relativeError' or 'loss'",
    `validationMetric of the loss "${loss}"`,
    metric,
  );
}

export const labelSmoothing = option({
  name: 'labelSmoothing',
  ...aNumber({ min: 0, max: 0.9 }),
  default: 0,
  help: 'crossEntropy: the share of every target that is spread over all classes.',
  read(labelSmoothing, reading) {
    if (labelSmoothing > 0) checkClasses(reading);
    return { labelSmoothing };
  },
  used: ({ labelSmoothing }) => labelSmoothing,
});

export const temperature = option({
  name: 'temperature',
  ...yesOrNo,
  help: 'crossEntropy: whether the logits get the temperature that is best on validation data (default: with smoothing).',
  read(temperature, reading) {
    const { validation } = reading.of(data);
    if (temperature) checkClasses(reading);
    if (temperature && validation === null) {
      throw new GnvproError('ERR_OPTION', 'Expected validation data with temperature: true, to fit it on.');
    }
    const isWanted = temperature ?? reading.of(labelSmoothing).labelSmoothing > 0;
    return { fitsTemperature: validation !== null && isWanted };
  },
});

function checkClasses(reading: Reading): void {
  if (reading.of(loss).loss === 'crossEntropy') return;
  throw new GnvproError('ERR_OPTION', "Expected labelSmoothing and temperature with loss: 'crossEntropy' only.");
}
