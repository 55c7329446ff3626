/** @file Activations against Meganet.m, argument by argument. */
import t from 'tap';
import { identity, relu, smoothRelu, tanh } from '../../lib/network/activation.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { NetworkPoint, onBackends } from '../support/reference.js';

const reference = fixture('activations');
const cases = { identity: identity(), relu: relu(), smoothRelu: smoothRelu({ eta: 0.1 }), tanh: tanh() };

for (const [name, layer] of Object.entries(cases)) {
  t.test(name, async (t) => {
    const table = arrayOf(reference, `${name}Activation`);
    const count = table.length / 4; // rows: y, σ(y), σ′(y), σ″(y)
    const [y, value, derivative] = [0, 1, 2].map((row) => table.slice(row * count, (row + 1) * count));
    await onBackends(t, (t, backend) => {
      const point = new NetworkPoint(backend, layer, y, count, new Float64Array(0));
      const slope = point.jvpInput(new Float64Array(count).fill(1));
      // σ takes values of order one here; the few ulp beside zero come from y²/(4η) + y/2 + η/4 at y = −η.
      const worst = (actual: Float64Array, expected: Float64Array) =>
        actual.reduce((most, x, i) => Math.max(most, Math.abs(x - expected[i])), 0);
      const [valueError, slopeError] = [worst(point.Z, value), worst(slope, derivative)];
      t.ok(valueError <= 2e-15, `σ(y) differs by ${valueError}`);
      t.ok(slopeError <= 2e-15, `σ′(y) differs by ${slopeError}`);
    });
  });
}
