/** @file Lengths of vectors whose squares overflow or vanish. */
import t from 'tap';
import { norm } from '../../lib/linalg/vector.js';

t.test('norms of any size', async (t) => {
  for (const size of [1e-320, 1e-200, 1e-160, 1e-140, 1, 1e150, 1e160, 1e300]) {
    const length = norm(Float64Array.of(3 * size, 0, -4 * size));
    t.ok(Math.abs(length / (5 * size) - 1) <= (size < 1e-300 ? 1e-3 : 4e-16), `5 · ${size} and not ${length}`);
  }
  t.equal(norm(Float64Array.of(1, 1e-200)), 1);
  t.equal(norm(new Float64Array(3)), 0);
  t.equal(norm(new Float64Array(0)), 0);
  t.equal(norm(Float64Array.of(1, Number.NEGATIVE_INFINITY)), Number.POSITIVE_INFINITY);
  t.ok(Number.isNaN(norm(Float64Array.of(1, Number.NaN))));
});
