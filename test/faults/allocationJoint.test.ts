/** @file Objectives in θ and W while memory is short. */
import t from 'tap';
import { jointCases } from './objective.js';
import { testAllocations } from './objectiveAllocation.js';

t.setTimeout(600_000); // under the sanitizers, beside other tests

const [few, many] = jointCases;
testAllocations(t, few, 40);
testAllocations(t, many, 4);
