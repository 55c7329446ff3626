/** @file The exports of `gnvpro/problems`: generators of data. */

export { type CdrData, type CdrDescription, type CdrOptions, generateCdr } from './cdr.js';
export { type CircleOptions, generateCircle } from './circle.js';
export {
  type DcResistivityData,
  type DcResistivityDescription,
  type DcResistivityOptions,
  generateDcResistivity,
} from './dcResistivity.js';
export { generatePeaks, type PeaksOptions } from './peaks.js';
export { generateSpirals, type SpiralsOptions } from './spirals.js';
