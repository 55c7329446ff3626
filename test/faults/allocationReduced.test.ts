/** @file Objectives of least squares while memory is short. */
import t from 'tap';
import { cases } from './objective.js';
import { testAllocations } from './objectiveAllocation.js';

t.setTimeout(600_000); // under the sanitizers, beside other tests

for (const options of cases) testAllocations(t, options);
