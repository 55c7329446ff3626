/** @file The exports of `gnvpro/datasets`: data sets of others, and how they become files for training. */

export { dataSets } from './catalogue.js';
export type { Conversion, DataSet, Original, Output } from './dataSet.js';
export { type Prepared, type PrepareOptions, prepare } from './prepare.js';
export type { OriginalFacts, OutputFacts, Source } from './source.js';
