import { defineLayer } from '../../lib/network/defineLayer.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { sequential } from '../../lib/network/sequential.js';
import { fixed } from '../../lib/program/shape.js';

/** tanh(Y K), and a scalar bias on the first feature outside of the activation. */
const outerBias = defineLayer<{ units: number }>({
  name: 'tanhWithBiasOnFirstFeature',
  shape: (_, { units }) => units,
  parameters: (features, { units }) => ({ K: { shape: [features, units] }, b: { shape: [1, 1] } }),
  apply: (b, x, { K, b: scalar }, { units }) => {
    const row = b.gather(
      scalar,
      Array.from({ length: units }, (_, i) => (i === 0 ? 0 : -1)),
      fixed(1, units),
    );
    return b.addRow(b.unary(b.matmul(x, K), { kind: 'tanh', parameter: null }), row);
  },
});

/** The network of the circle: widths 4, 4, 2. */
export function circleNetwork(): LayerDescription {
  return sequential([4, 4, 2].map((units) => outerBias({ units })));
}
