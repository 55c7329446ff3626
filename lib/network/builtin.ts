/** @file Makes the layer types of the package known, also where nobody imports the functions that describe them. */
import './activation.js';
import './affineScaling.js';
import './antisymmetricDense.js';
import './concat.js';
import './connector.js';
import './conv2d.js';
import './dense.js';
import './doubleDense.js';
import './doubleHamiltonian.js';
import './doubleSymmetricConv2d.js';
import './doubleSymmetricDense.js';
import './hamiltonian.js';
import './image.js';
import './normalization.js';
import './pooling.js';
import './residual.js';
import './sequential.js';
