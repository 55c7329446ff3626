/** @file The exports of `gnvpro/experiments`: methods compared on problems, and what came of their runs. */

export type { Machine } from '../machine.js';
export type { ResultTable } from '../page/document.js';
export { experiments } from './catalogue.js';
export type { Budget, DataPlace, Experiment, ExperimentData, MethodEntry } from './experiment.js';
export { emptyResults, modelFile, type Results, resultsFile, resume, saveRun } from './results.js';
export { type MethodRun, type RunOptions, runMethod, type TraceRow, type Trial } from './run.js';
export { compare, type MethodSummary, type Spread } from './summary.js';
export { markdownOf, tableOf } from './table.js';
