/** @file How models are judged on validation data, and what makes probabilities of classes honest. */
import { GnvproError } from '../errors.js';
import type { Loss } from '../loss/loss.js';
import { type ValidationMetric, validationMetrics } from '../loss/meaning.js';
import { namesOf } from '../loss/registry.js';
import { checkOneOf, invalid } from '../validate/check.js';
import { words } from '../validate/schema.js';
import { data } from './data.js';
import { aNumber, yesOrNo } from './kinds.js';
import { loss } from './loss.js';
import { option, type Reading } from './option.js';

export const validationMetric = option({
  name: 'validationMetric',
  help: 'What best means on validation data, in original units (default rmse for leastSquares, else loss).',
  schema: words(validationMetrics),
  read: (metric, reading) => ({ validationMetric: metricFor(metric, reading.of(loss).loss) }),
  used: ({ validation, validationMetric }) => (validation === null ? null : validationMetric),
  decides: ({ validationMetric }) => validationMetric,
});

function metricFor(metric: ValidationMetric | undefined, { name, meaning, defaultMetric }: Loss): ValidationMetric {
  if (metric === undefined) return defaultMetric;
  checkOneOf(metric, 'validationMetric', validationMetrics);
  if (meaning.metrics.includes(metric)) return metric;
  const quoted = meaning.metrics.map((known) => `'${known}'`);
  const last = quoted.pop();
  throw invalid(`${quoted.join(', ')} or ${last}`, `validationMetric of the loss "${name}"`, metric);
}

export const labelSmoothing = option({
  name: 'labelSmoothing',
  ...aNumber({ min: 0, max: 0.9 }),
  default: 0,
  help: 'crossEntropy: the share of every target that is spread over all classes.',
  read(labelSmoothing, reading) {
    if (labelSmoothing > 0) checkSmoothing(reading);
    return { labelSmoothing };
  },
  decides: ({ labelSmoothing }) => labelSmoothing,
  used: ({ labelSmoothing }) => labelSmoothing,
});

export const temperature = option({
  name: 'temperature',
  ...yesOrNo,
  help: 'crossEntropy: whether the logits get the temperature that is best on validation data (default: with smoothing).',
  read(temperature, reading) {
    const { validation } = reading.of(data);
    if (temperature) checkSmoothing(reading);
    if (temperature && validation === null) {
      throw new GnvproError('ERR_OPTION', 'Expected validation data with temperature: true, to fit it on.');
    }
    const isWanted = temperature ?? reading.of(labelSmoothing).labelSmoothing > 0;
    return { fitsTemperature: validation !== null && isWanted };
  },
  decides: ({ fitsTemperature }) => fitsTemperature,
});

function checkSmoothing(reading: Reading): void {
  if (reading.of(loss).loss.takesSmoothing) return;
  const names = namesOf(({ takesSmoothing }) => takesSmoothing);
  throw new GnvproError('ERR_OPTION', `Expected labelSmoothing and temperature with loss: '${names}' only.`);
}
