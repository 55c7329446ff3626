/** @file Objectives of a loss whose Hessians are full while memory is short. */
import t from 'tap';
import { convexCases } from './objective.js';
import { testAllocations } from './objectiveAllocation.js';

t.setTimeout(600_000); // under the sanitizers, beside other tests

testAllocations(t, convexCases.mixing);
