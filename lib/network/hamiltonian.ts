/** @file The Hamiltonian network: dY/dt = σ(K Z + b), dZ/dt = −σ(Kᵀ Y + b) from Z = 0, by the Verlet scheme. */
import type { Value } from '../program/emitter.js';
import { checkOneOf, checkOptions } from '../validate/check.js';
import { type Activation, activate, activations } from './activation.js';
import { type Bias, checkBias, resolveBiases } from './bias.js';
import { type FlowOptions, flowLayer, flowOptionNames, type TimeGrids, timeGrids } from './flow.js';
import { distribution, drawnBlock, type Initializer } from './initializer.js';
import { steps } from './integrators.js';
import { type LayerDescription, registerLayer } from './layer.js';

export interface HamiltonianOptions extends FlowOptions {
  bias?: Bias;
  /** Default `tanh`. */
  activation?: Activation;
  initializer?: Initializer;
}

interface HamiltonianDescription extends LayerDescription, TimeGrids {
  readonly bias: Bias;
  readonly activation: Activation;
  readonly initializer: Initializer;
}

export const hamiltonianOptionNames = ['bias', 'activation', 'initializer', ...flowOptionNames];

/** N × n → N × n: Y at the end. θ holds K n × n row-major and the weights of b, node after node. */
export function hamiltonian(options: HamiltonianOptions = {}): LayerDescription {
  checkOptions(options, hamiltonianOptionNames, 'hamiltonian');
  const { bias = true, activation = 'tanh', initializer = 'he' } = options;
  checkBias(bias, 'bias');
  checkOneOf(activation, 'activation', activations);
  distribution(initializer, 1, 1);
  return { type: 'hamiltonian', bias, activation, initializer, ...timeGrids(options, false) };
}

registerLayer('hamiltonian', ({ type: _, ...options }, inputs) => {
  const description = hamiltonian(options) as HamiltonianDescription;
  const { activation, bias, initializer } = description;
  const n = inputs.count;
  const draw = distribution(initializer, n, n);
  const biases = resolveBiases({ b: [bias, n] }, draw.bias);
  return flowLayer(
    {
      label: 'hamiltonian',
      state: inputs,
      weightsAtEnd: false,
      node: { blocks: [drawnBlock('K', n, n, draw.weight), ...biases.blocks] },
      integrate: (b, x, times, weightsAt) => {
        let y = x;
        let z: Value | null = null;
        for (const [from, to] of steps(times)) {
          const [K, ...rows] = weightsAt(from);
          const force = (input: Value, transposed: boolean) =>
            activate(b, biases.add(b, b.matmul(input, K, { tb: transposed }), 'b', rows), activation);
          const push: Value = b.scale(force(y, true), from - to);
          z = z === null ? push : b.add(z, push);
          y = b.add(y, b.scale(force(z, false), to - from));
        }
        return y;
      },
    },
    description,
  );
});
