/** @file The data sets that are known. */
import { cifar10 } from './cifar10.js';
import type { DataSet } from './dataSet.js';
import { indianPines } from './indianPines.js';
import { cdr, dcr } from './surrogates.js';

export const dataSets: readonly DataSet[] = [cdr, dcr, indianPines, cifar10];
