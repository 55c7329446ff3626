/** @file Models with random weights of every layer type and every primitive that a network can record, for exports. */
import { Model } from '../../lib/model/model.js';
import type { ModelParts } from '../../lib/model/parts.js';
import { activations } from '../../lib/network/activation.js';
import { affineScaling } from '../../lib/network/affineScaling.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { connector } from '../../lib/network/connector.js';
import { conv2d } from '../../lib/network/conv2d.js';
import { defineLayer } from '../../lib/network/defineLayer.js';
import { dense } from '../../lib/network/dense.js';
import { doubleDense } from '../../lib/network/doubleDense.js';
import { doubleHamiltonian } from '../../lib/network/doubleHamiltonian.js';
import { doubleSymmetricConv2d } from '../../lib/network/doubleSymmetricConv2d.js';
import { doubleSymmetricDense } from '../../lib/network/doubleSymmetricDense.js';
import { toBase64 } from '../../lib/network/fittedNumbers.js';
import { hamiltonian } from '../../lib/network/hamiltonian.js';
import { flatten, image } from '../../lib/network/image.js';
import { integrators } from '../../lib/network/integrators.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { normalization } from '../../lib/network/normalization.js';
import { patchDictionary } from '../../lib/network/patchDictionary.js';
import { averagePool, globalAveragePool, maxPool } from '../../lib/network/pooling.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { unaryKinds } from '../../lib/program/functions.js';
import type { Op } from '../../lib/program/primitives.js';
import { samples } from '../../lib/program/shape.js';
import { byChannel } from '../../lib/program/windows.js';
import { Random } from '../../lib/random.js';
import { randomParts, rotatedParts } from './models.js';

const inputs = 4;

/** Behind images of 2 × 2 pixels. */
const images = (...inner: LayerDescription[]) => sequential([image({ height: 2, width: 2 }), ...inner]);

/** Layers of 4 features. */
const layers: Readonly<Record<string, LayerDescription>> = {
  ...Object.fromEntries(activations.map((type): [string, LayerDescription] => [type, { type }])),
  dense: dense(5, { activation: 'tanh', outputBias: true }),
  'dense, biases of rows': dense(3, { bias: [[1, 2, 3]], activation: 'softplus' }),
  doubleDense: doubleDense(5, 3),
  doubleSymmetricDense: doubleSymmetricDense(3, { normalization: normalization({ channels: 1 }), activation: 'relu' }),
  antisymmetricDense: antisymmetricDense({ gamma: 0.1 }),
  normalization: normalization(),
  'normalization, length': normalization({ channels: 2, by: 'pixel', method: 'length' }),
  affineScaling: affineScaling({ channels: 2, by: 'channel' }),
  connector: connector({ units: 6 }),
  'connector, narrower': connector({ units: 2 }),
  'conv2d, flattened': images(conv2d(3, { stride: [1, 2] }), flatten()),
  'conv2d, groups': images(
    conv2d(4, { kernel: 2, padding: 1, activation: 'tanh' }),
    conv2d(4, { groups: 2, bias: false }),
  ),
  conv2d: images(conv2d(2, { boundary: 'periodic', activation: 'softplus' })),
  doubleSymmetricConv2d: images(conv2d(2, { kernel: 1 }), doubleSymmetricConv2d(3, { groups: 1 })),
  averagePool: images(conv2d(2, { padding: 2 }), averagePool({ size: 3, stride: 2 })),
  maxPool: images(conv2d(2, { padding: 2 }), maxPool({ size: [3, 2], stride: 2 })),
  patchDictionary: images(
    patchDictionary(2, { kernel: [1, 2], regions: 1, fitted: toBase64([Float64Array.of(1, -1, 0.5, 2, 0.1, -0.2)]) }),
  ),
  globalAveragePool: images(conv2d(4, { activation: 'tanh' }), globalAveragePool()),
  concat: concat([{ type: 'identity' }, dense(3, { activation: 'sigmoid' })]),
  sequential: sequential([dense(6), { type: 'tanh' }, dense(2)]),
  ...Object.fromEntries(
    integrators.map((integrator) => [
      `residual, ${integrator}`,
      residual(antisymmetricDense(), { integrator, steps: 3, nodes: 2 }),
    ]),
  ),
  residual: residual(dense(4, { activation: 'tanh' }), { steps: 2 }),
  hamiltonian: hamiltonian({ steps: 2 }),
  doubleHamiltonian: doubleHamiltonian(doubleSymmetricDense(3), dense(2, { activation: 'tanh' }), { steps: 2 }),
};

/** The windows of an image of 2 × 2 pixels on its two rows. */
const halves = { channels: 1, height: 2, width: 2, kernelHeight: 1, kernelWidth: 2, strideHeight: 1, strideWidth: 1 };

/** A layer that records what no layer of the package does, with derivatives. */
const bespoke = defineLayer({
  name: 'bespoke of the tests of exports',
  parameters: (features) => ({ K: { shape: [features, features] }, row: { shape: [1, features] } }),
  shape: () => 9,
  apply: (b, x, { K, row }) => {
    const gate = b.mul(b.matmul(x, K, { tb: true }), b.broadcastRow(row));
    const folded = b.scatter(b.sub(gate, x), [2, -1, 0, 2], samples(4));
    const picked = b.gather(folded, [2, -1, 0, 0, 3], samples(5));
    const at = b.maxPositions(gate, halves);
    const halved = b.spreadPositions(b.pickPositions(x, at, halves), at, halves);
    const mixed = b.averagePoolToInput(b.averagePool(b.mul(halved, gate), halves), halves);
    return b.concat([picked, b.scale(b.mulRow(b.add(b.add(gate, folded), mixed), row), -0.5)]);
  },
});

/** What only derivatives are made of, but a layer may record: such a network predicts, and has no Jacobian. */
const derivatives = defineLayer({
  name: 'derivatives of the tests of exports',
  shape: (features) => features * (features + unaryKinds.length) + 2,
  apply: (b, x) => {
    const positive = b.unary(x, { kind: 'exp', parameter: null });
    const slopes = unaryKinds.map((kind) => {
      const attributes = { kind, parameter: kind === 'smoothRelu' ? 0.7 : null };
      const at = kind === 'inverseSqrt' ? positive : x;
      return b.unaryDerivative(at, b.unary(at, attributes), attributes);
    });
    const kernels = b.conv2dToKernel(x, b.averagePool(positive, halves), { ...byChannel(halves), bySample: true });
    return b.concat([b.outer(x, positive), ...slopes, kernels]);
  },
});

export interface ExportedModel {
  readonly name: string;
  readonly parts: ModelParts;
  readonly hasJacobian: boolean;
}

function ofNetwork(name: string, network: LayerDescription, outputs: number): ExportedModel {
  const random = new Random(7);
  const parts = randomParts({ network, inputs, outputs });
  const theta = parts.theta.map((weight) => weight + 0.3 * random.normal());
  return { name, parts: { ...parts, theta }, hasJacobian: true };
}

const plain = { classes: ['α "1"', 'what??/', 'c\\', 'd'] };

/** Fewer outputs than inputs, and more: their Jacobians go different ways. */
export const exportedModels: readonly ExportedModel[] = [
  ...Object.entries(layers).map(([name, network], i) => ofNetwork(name, network, i % 2 === 0 ? 3 : 6)),
  ofNetwork('bespoke', bespoke(), 3),
  ofNetwork('bespoke, many outputs', bespoke(), 7),
  { ...ofNetwork('derivatives', derivatives(), 3), hasJacobian: false },
  { name: 'rotated inputs', parts: rotatedParts(), hasJacobian: true },
  { name: 'no bias', parts: randomParts({ bias: false }), hasJacobian: true },
  { name: 'classes', parts: { ...randomParts({ outputs: 4 }), loss: 'crossEntropy', ...plain }, hasJacobian: true },
  { name: 'labels', parts: { ...randomParts({ outputs: 2 }), loss: 'logistic' }, hasJacobian: true },
];

function typesOf({ type, layers = [] }: LayerDescription): string[] {
  return [type, ...(layers as LayerDescription[]).flatMap(typesOf)];
}

/** Layer types of the models. */
export const exportedTypes = new Set(Object.values(layers).flatMap(typesOf));

/** The operations of the models with samples in their results. */
export function recordedOps(): Set<Op> {
  const instructions = exportedModels.flatMap(({ parts }) => parts.forward.instructions);
  return new Set(instructions.map(({ op }) => op));
}

export function modelOf({ parts }: ExportedModel): Model {
  return new Model(parts, { backend: 'js' });
}

/** max |actual − expected| / max |expected| */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let [most, error] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    most = Math.max(most, Math.abs(expected[i]));
    error = Math.max(error, Math.abs(actual[i] - expected[i])); // NaN stays
  }
  return error / most;
}
