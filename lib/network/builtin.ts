/** @file Makes the layer types of the package known, also where nobody imports the functions that describe them. */
import './activation.js';
import './antisymmetricDense.js';
import './concat.js';
import './dense.js';
import './residual.js';
import './sequential.js';
