/** @file Sessions of convex losses while memory is short. */
import t from 'tap';
import { convexCases } from './objective.js';
import { testAllocations } from './objectiveAllocation.js';

t.setTimeout(600_000); // under the sanitizers, beside other tests

for (const options of convexCases) testAllocations(t, options);
