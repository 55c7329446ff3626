/** @file How many random starts. */
import { types } from 'node:util';
import { GnvproError } from '../errors.js';
import { anInteger } from './kinds.js';
import { option } from './option.js';
import { regularization } from './regularization.js';

/** Where α is found by evidence: from priors of several strengths. */
export const startsOfEvidence = 3;

export const starts = option({
  name: 'starts',
  ...anInteger({ min: 1, max: 1000 }),
  help: 'Trainings from as many random starts, whose outputs are averaged in one model. Default: 1; 3 for evidence.',
  read(given, reading) {
    const { initial, initialize } = reading.given;
    const isStartGiven = initial !== undefined || types.isFloat64Array(initialize);
    const usual = !isStartGiven && reading.of(regularization).evidence ? startsOfEvidence : 1;
    const starts = given ?? usual;
    if (starts > 1 && isStartGiven) {
      throw new GnvproError('ERR_OPTION', 'Expected random starts with starts above 1, not weights that are given.');
    }
    return { starts };
  },
  used: ({ starts }) => starts,
  decides: ({ starts }) => starts,
});
