/** @file Models with random weights, and data for them. */
import type { BackendName } from '../../lib/backend/select.js';
import type { Matrix } from '../../lib/data/matrix.js';
import type { Scaling } from '../../lib/data/scaling.js';
import { lossFacts } from '../../lib/loss/registry.js';
import { Model } from '../../lib/model/model.js';
import type { ModelParts } from '../../lib/model/parts.js';
import { type Posterior, sizesOf } from '../../lib/model/posterior.js';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';

export interface ModelSpecification {
  network?: LayerDescription;
  inputs?: number;
  outputs?: number;
  bias?: boolean;
  seed?: number;
}

/** Width `units`, then a residual block: all kinds of instructions that networks use. */
export function smallNetwork(units = 4): LayerDescription {
  return sequential([dense(units), tanh(), residual(antisymmetricDense({ gamma: 1e-4 }), { steps: 1, nodes: 2 })]);
}

export function randomParts(specification: ModelSpecification = {}): ModelParts {
  const { network = smallNetwork(), inputs = 5, outputs = 3, bias = true, seed = 1 } = specification;
  const random = new Random(seed);
  const resolved = new Network(network, inputs);
  return {
    network,
    forward: resolved.trace(),
    inputs,
    outputs,
    bias,
    theta: resolved.initialWeights(seed),
    W: normal(random, outputs * (resolved.features + Number(bias))),
    scaling: { inputs: randomScaling(random, inputs), targets: randomScaling(random, outputs) },
    training: { version: '0.1.0', seed, date: '2026-11-25T00:00:00.000Z', stop: { status: 'converged' } },
  };
}

/** A model whose network sees three columns, to which five inputs are rotated. */
export function rotatedParts(): ModelParts {
  const parts = randomParts({ inputs: 3 });
  const random = new Random(5);
  const inputs = { ...randomScaling(random, 5), rotation: normal(random, 15) };
  return { ...parts, inputs: 5, scaling: { ...parts.scaling, inputs } };
}

/** Of very different sizes; 1 for a single one. */
function outputNoise(outputs: number): Float64Array {
  const sizes = Float64Array.from({ length: outputs }, (_, j) => 10 ** -j);
  const mean = sizes.reduce((sum, size) => sum + size * size, 0) / outputs;
  return sizes.map((size) => size / Math.sqrt(mean));
}

/** With a posterior of W alone, whose T are so many, of that order. */
export function withPosteriorOfW(parts: ModelParts, [count, order]: [number, number], seed = 9): ModelParts {
  const random = new Random(seed);
  const isNoisy = lossFacts(parts.loss).curvature === 'identity';
  const posterior = {
    noise: Float64Array.of(isNoisy ? 0.3 : 1),
    outputNoise: isNoisy ? outputNoise(parts.outputs) : new Float64Array(parts.outputs).fill(1),
    W: parts.W,
    theta: new Float64Array(0),
    changesOfW: new Float64Array(0),
    roots: normal(random, count * order * order).map((x) => 0.3 * x),
  };
  return { ...parts, posterior };
}

/** With a posterior of random numbers, as a single model has. */
export function withPosterior(parts: ModelParts, seed = 9): ModelParts {
  const random = new Random(seed);
  const P = parts.theta.length;
  const m = parts.W.length / parts.outputs;
  const posterior = {
    noise: Float64Array.of(0.1 + random.uniform(0, 1)),
    outputNoise: outputNoise(parts.outputs),
    W: parts.W,
    theta: normal(random, (P * (P + 1)) / 2).map((x) => 0.1 * x),
    changesOfW: normal(random, P * parts.W.length).map((x) => 0.1 * x),
    roots: normal(random, m * m),
  };
  return { ...parts, posterior };
}

export function uncertainParts(specification: ModelSpecification = {}): ModelParts {
  return withPosterior(randomParts(specification));
}

/** ∂ outputs/∂(θ, W) of the samples by central differences, by column. */
export function weightDerivatives(parts: ModelParts, inputs: Matrix): Float64Array[] {
  const h = 1e-5;
  const P = parts.theta.length;
  const at = (k: number, step: number) => {
    const [theta, W] = [parts.theta.slice(), parts.W.slice()];
    if (k < P) theta[k] += step;
    else W[k - P] += step;
    return new Model({ ...parts, theta, W, posterior: null }, { backend: 'js' }).predictSync(inputs).data;
  };
  return Array.from({ length: P + parts.W.length }, (_, k) => {
    const below = at(k, -h);
    return at(k, h).map((y, i) => (y - below[i]) / (2 * h));
  });
}

/** The covariance of (θ, W): Σ d_k d_kᵀ, unless θ is held, and that of W by its roots. */
export function covarianceOf(parts: ModelParts, over: 'all' | 'W'): number[][] {
  const { theta, changesOfW, roots, outputNoise } = parts.posterior as Posterior;
  const P = parts.theta.length;
  const size = parts.W.length;
  const { columns: m, rootKind, isHeld } = sizesOf(parts.posterior as Posterior, parts);
  const sum = Array.from({ length: P + size }, () => new Array<number>(P + size).fill(0));
  for (let k = 0; over === 'all' && !isHeld && k < P; k++) {
    const d = new Float64Array(P + size);
    d.set(theta.subarray((k * (k + 1)) / 2, ((k + 1) * (k + 2)) / 2));
    d.set(changesOfW.subarray(k * size, (k + 1) * size), P);
    d.forEach((x, i) => {
      d.forEach((y, j) => {
        sum[i][j] += x * y;
      });
    });
  }
  const order = rootKind === 'whole' ? size : m;
  for (let block = 0; block < size; block += order) {
    const share = rootKind === 'whole' ? 1 : outputNoise[block / m] ** 2;
    const T = roots.subarray(rootKind === 'separate' ? block * m : 0);
    for (let i = 0; i < order; i++) {
      for (let j = 0; j < order; j++) {
        for (let k = 0; k < order; k++)
          sum[P + block + i][P + block + j] += share * T[i * order + k] * T[j * order + k];
      }
    }
  }
  return sum;
}

export function randomModel(specification: ModelSpecification = {}, backend: BackendName = 'js'): Model {
  return new Model(randomParts(specification), { backend });
}

export function randomMatrix(rows: number, cols: number, seed = 2): Matrix {
  return { data: normal(new Random(seed), rows * cols), shape: [rows, cols] };
}

function randomScaling(random: Random, cols: number): Scaling {
  return { shift: normal(random, cols), scale: normal(random, cols).map((x) => 0.5 + Math.abs(x)) };
}

export function normal(random: Random, length: number): Float64Array {
  return Float64Array.from({ length }, () => random.normal());
}
