/** @file The experiments by name. */
import type { Experiment } from './experiment.js';
import { cifar10 } from './problems/images.js';
import { jasper, pines } from './problems/pixels.js';
import { cdr, dcr } from './problems/surrogates.js';
import { circle, peaks } from './problems/toys.js';

export const experiments: readonly Experiment[] = [cdr, dcr, jasper, pines, cifar10, circle, peaks];
