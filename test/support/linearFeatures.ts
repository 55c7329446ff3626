/** @file Features that are linear in θ, Z(θ) = Z₀ + Σ_k θ_k E_k: every value of the reduced problem can be prescribed. */
import { defineLayer } from '../../lib/network/defineLayer.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { fixed } from '../../lib/program/shape.js';

interface Options {
  features: number;
  directions: number;
}

/** Z = Y [I; θ₁I; …; θ_P I] for the inputs Y = [Z₀ E₁ … E_P] that `linearInputs` makes. At θ = 0, Z = Z₀ exactly. */
const linear = defineLayer<Options>({
  name: 'testLinearFeatures',
  shape: (_, { features }) => features,
  parameters: (_, { directions }) => ({ theta: { shape: [1, directions] } }),
  apply: (b, y, { theta }, { features: w, directions }) => {
    const rows = w * (directions + 1);
    const entries = Array.from({ length: rows * w }, (_, entry) => {
      const row = Math.floor(entry / w);
      return row % w === entry % w ? Math.floor(row / w) - 1 : -2;
    });
    const unit = entries.map((direction) => (direction === -1 ? 1 : 0));
    const indices = entries.map((direction) => (direction >= 0 ? direction : -1));
    return b.matmul(y, b.add(b.constant(rows, w, unit), b.gather(theta, indices, fixed(rows, w))));
  },
});

export function linearFeatures(features: number, directions: number): LayerDescription {
  return linear({ features, directions });
}

/** [Z₀ E₁ … E_P], N × w(P + 1), from Z₀ (N × w) and the E_k one after the other (P × N × w). */
export function linearInputs(Z: Float64Array, E: Float64Array, samples: number): Float64Array {
  const w = Z.length / samples;
  const parts = [
    Z,
    ...Array.from({ length: E.length / Z.length }, (_, k) => E.subarray(k * Z.length, (k + 1) * Z.length)),
  ];
  const inputs = new Float64Array(Z.length + E.length);
  for (let n = 0; n < samples; n++) {
    parts.forEach((part, k) => {
      inputs.set(part.subarray(n * w, (n + 1) * w), (n * parts.length + k) * w);
    });
  }
  return inputs;
}
