/** @file The losses of the package, a line each. */
export { crossEntropy } from './crossEntropy.js';
export { leastSquares } from './leastSquares.js';
export { logistic } from './logistic.js';
