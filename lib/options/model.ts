/** @file The model to go on from, which many options take their defaults from. */
import { Model } from '../model/model.js';
import { invalid } from '../validate/check.js';
import type { Reading } from './option.js';

export const givenModel = {
  read({ given: { initial } }: Reading) {
    if (initial === undefined || initial instanceof Model) return initial;
    throw invalid('a Model', 'initial', initial);
  },
};
