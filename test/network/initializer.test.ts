/** @file Initial weights have the spread that their distribution says. */
import t from 'tap';
import { dense } from '../../lib/network/dense.js';
import type { Initializer } from '../../lib/network/initializer.js';
import { Network } from '../../lib/network/network.js';

const [inputs, units] = [50, 200];

function spread(values: Float64Array): { mean: number; deviation: number; largest: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(square / values.length), largest: Math.max(...values.map(Math.abs)) };
}

t.test('the distributions', async (t) => {
  const xavier = 0.5 * Math.sqrt(6 / (inputs + units));
  const kaiming = 1 / Math.sqrt(inputs);
  const cases: [Initializer, { deviation: number; bound?: number; bias: number }][] = [
    ['he', { deviation: Math.sqrt(2 / inputs), bias: 0 }],
    ['lecun', { deviation: Math.sqrt(1 / inputs), bias: 0.5 }],
    ['xavier', { deviation: xavier / Math.sqrt(3), bound: xavier, bias: 0 }],
    ['kaimingUniform', { deviation: kaiming / Math.sqrt(3), bound: kaiming, bias: kaiming / Math.sqrt(3) }],
    [{ scale: 0.3 }, { deviation: 0.3, bias: 0 }],
    [
      { scale: 0.3, biasScale: 2 },
      { deviation: 0.3, bias: 2 },
    ],
  ];
  for (const [initializer, expected] of cases) {
    const name = JSON.stringify(initializer);
    const theta = new Network(dense(units, { initializer }), inputs).initialWeights(5);
    const weights = spread(theta.subarray(0, inputs * units));
    const biases = spread(theta.subarray(inputs * units));
    t.ok(Math.abs(weights.mean) < 0.05 * expected.deviation, `${name}: mean ${weights.mean}`);
    t.ok(Math.abs(weights.deviation / expected.deviation - 1) < 0.03, `${name}: deviation ${weights.deviation}`);
    if (expected.bound !== undefined)
      t.ok(weights.largest <= expected.bound && weights.largest > 0.99 * expected.bound);
    t.ok(Math.abs(biases.deviation - expected.bias) <= 0.15 * expected.bias, `${name}: biases ${biases.deviation}`);
  }
});
