/** @file Grids in time. */
import t from 'tap';
import { interpolate, refineTimes, uniformTimes } from '../../lib/network/time.js';

t.test('uniform times', async (t) => {
  t.same(uniformTimes(2, 5), [0, 0.5, 1, 1.5, 2]);
  t.same(uniformTimes(2, 1), [0]);
});

t.test('interpolation', async (t) => {
  const times = [0.5, 1, 2];
  t.same(interpolate(times, 1), [{ node: 1, share: 1 }]);
  t.same(interpolate(times, 0), [{ node: 0, share: 1 }], 'constant before');
  t.same(interpolate(times, 3), [{ node: 2, share: 1 }], 'and after');
  t.same(interpolate(times, 1.25), [
    { node: 1, share: 0.75 },
    { node: 2, share: 0.25 },
  ]);
  t.same(interpolate([0], 7), [{ node: 0, share: 1 }]);
});

t.test('refinement', async (t) => {
  t.same(refineTimes([0, 1, 3], 3, false), [0, 0.5, 1, 2, 3]);
  t.same(refineTimes([0, 1], 2, true), [0, 0.5, 1, 1.5], 'weights that hold for a step');
  t.same(refineTimes([0], 2, true), [0, 1]);
  t.same(refineTimes([0], 2, false), [0]);
});
