/** @file The experiments by name. */
import type { Experiment } from './experiment.js';
import { cdr } from './problems/cdr.js';
import { dcr } from './problems/dcr.js';
import { jasper } from './problems/jasper.js';
import { pines } from './problems/pines.js';
import { circle, peaks } from './problems/toys.js';

export const experiments: readonly Experiment[] = [cdr, dcr, jasper, pines, circle, peaks];
