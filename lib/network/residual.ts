/**
 * @file Residual networks as discretised flows: dY/dt = layer(Y, θ(t)) on [0, T], θ piecewise linear in time on its
 * own grid of nodes (section 4 of the paper; RK4 weights at the stage times by interpolation).
 */
import { GnvproError } from '../errors.js';
import type { ProgramBuilder, Value } from '../program/builder.js';
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../validate/check.js';
import { checkLayer } from './checkLayers.js';
import { initialWeights, type Layer, type LayerDescription, registerLayer, resolve, weightCount } from './layer.js';
import { join } from './sequential.js';
import { interpolate, refineTimes, uniformTimes } from './time.js';

export const integrators = ['euler', 'rk4'] as const;
export type Integrator = (typeof integrators)[number];

/** What doubling the depth refines: the nodes of the weights alone (as the paper's experiments) or the steps too. */
export const refinements = ['nodes', 'nodesAndSteps'] as const;

export interface ResidualOptions {
  /** Default `rk4`. */
  integrator?: Integrator;
  /** Final time T > 0 (default 1). */
  time?: number;
  /** Equal time steps (default 1). */
  steps?: number;
  /** Nodes of the weights, equally spaced on [0, T]. Default: rk4 steps + 1; euler one at the start of each step. */
  nodes?: number;
  /** Step boundaries 0 … T instead of `time` and `steps`. */
  stateTimes?: readonly number[];
  /** Times of the nodes instead of `nodes`; weights are constant before the first and after the last. */
  nodeTimes?: readonly number[];
  /** Default `nodesAndSteps`. */
  refine?: (typeof refinements)[number];
}

interface ResidualDescription extends LayerDescription {
  readonly layer: LayerDescription;
  readonly integrator: Integrator;
  readonly stateTimes: readonly number[];
  readonly nodeTimes: readonly number[];
  readonly refine: (typeof refinements)[number];
}

export const residualOptionNames = ['integrator', 'time', 'steps', 'nodes', 'stateTimes', 'nodeTimes', 'refine'];

/** N × n → N × n. θ holds the layer's weights node after node. */
export function residual(layer: LayerDescription, options: ResidualOptions = {}): LayerDescription {
  checkLayer(layer, 'residual');
  checkOptions(options, residualOptionNames, 'residual');
  const { integrator = 'rk4', refine = 'nodesAndSteps' } = options;
  checkOneOf(integrator, 'integrator', integrators);
  checkOneOf(refine, 'refine', refinements);
  const stateTimes = options.stateTimes ?? stateGrid(options);
  const nodeTimes = options.nodeTimes ?? nodeGrid(options, integrator, stateTimes);
  checkTimes(stateTimes, 'stateTimes', 2);
  checkTimes(nodeTimes, 'nodeTimes', 1);
  return { type: 'residual', layer, integrator, stateTimes, nodeTimes, refine };
}

function stateGrid({ time = 1, steps = 1 }: ResidualOptions): number[] {
  checkNumber(time, 'time', { above: 0 });
  checkInteger(steps, 'steps', { min: 1 });
  return uniformTimes(time, steps + 1);
}

function nodeGrid(
  { nodes }: ResidualOptions,
  integrator: Integrator,
  stateTimes: readonly number[],
): readonly number[] {
  if (nodes === undefined) return integrator === 'euler' ? stateTimes.slice(0, -1) : stateTimes;
  checkInteger(nodes, 'nodes', { min: 1 });
  return uniformTimes(stateTimes[stateTimes.length - 1], nodes);
}

function checkTimes(times: readonly number[], name: string, least: number): void {
  const rising = Array.isArray(times) && times.every((t, i) => Number.isFinite(t) && (i === 0 || t > times[i - 1]));
  if (rising && times.length >= least) return;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected at least ${least} finite, strictly increasing times for ${name} but received ${JSON.stringify(times)}.`,
  );
}

registerLayer('residual', ({ type: _, layer: given, ...options }, features) => {
  const description = residual(given as LayerDescription, options) as ResidualDescription;
  const { layer: inner, integrator, stateTimes, nodeTimes, refine } = description;
  const layer = resolve(inner, features);
  if (layer.outputs !== features) {
    throw new GnvproError(
      'ERR_SHAPE',
      `Layer residual(${layer.label}): expected as many outputs as inputs but received ${features} inputs, ${layer.outputs} outputs.`,
    );
  }
  const count = nodeTimes.length;
  return {
    label: `residual(${layer.label})`,
    outputs: features,
    blocks: nodeTimes.flatMap((_, node) =>
      layer.blocks.map((block) => ({ ...block, name: `node${node}.${block.name}` })),
    ),
    apply: (b, x, weights) => {
      const flow = (y: Value, t: number) => layer.apply(b, y, weightsAt(b, layer, nodeTimes, weights, t));
      const step = integrator === 'euler' ? eulerStep : rk4Step;
      let y = x;
      for (let i = 0; i + 1 < stateTimes.length; i++) y = step(b, flow, y, stateTimes[i], stateTimes[i + 1]);
      return y;
    },
    /** One draw, constant in time (as the paper's code). */
    initialize: (random) => {
      const node = initialWeights(layer, random);
      return join(Array.from({ length: count }, () => node));
    },
    prolongate: (weights) => {
      const fine = refineTimes(nodeTimes, stateTimes[stateTimes.length - 1], integrator === 'euler');
      const states =
        refine === 'nodes' ? stateTimes : refineTimes(stateTimes, stateTimes[stateTimes.length - 1], false);
      const network = { ...description, nodeTimes: fine, stateTimes: states };
      return { network, weights: interpolateWeights(weights, weightCount(layer), nodeTimes, fine) };
    },
  };
});

type Flow = (y: Value, t: number) => Value;

function eulerStep(b: ProgramBuilder, flow: Flow, y: Value, from: number, to: number): Value {
  return b.add(y, b.scale(flow(y, from), to - from));
}

function rk4Step(b: ProgramBuilder, flow: Flow, y: Value, from: number, to: number): Value {
  const h = to - from;
  const k1 = flow(y, from);
  const k2 = flow(b.add(y, b.scale(k1, h / 2)), from + h / 2);
  const k3 = flow(b.add(y, b.scale(k2, h / 2)), from + h / 2);
  const k4 = flow(b.add(y, b.scale(k3, h)), to);
  const sum = b.add(b.add(k1, k4), b.scale(b.add(k2, k3), 2));
  return b.add(y, b.scale(sum, h / 6));
}

/** The layer's weights at time t. */
function weightsAt(
  b: ProgramBuilder,
  layer: Layer,
  nodeTimes: readonly number[],
  weights: readonly Value[],
  t: number,
): Value[] {
  const blocks = layer.blocks.length;
  return layer.blocks.map((_, i) =>
    interpolate(nodeTimes, t)
      .map(({ node, share }) => b.scale(weights[node * blocks + i], share))
      .reduce((x, y) => b.add(x, y)),
  );
}

function interpolateWeights(
  weights: Float64Array,
  perNode: number,
  from: readonly number[],
  to: readonly number[],
): Float64Array {
  const result = new Float64Array(perNode * to.length);
  to.forEach((t, k) => {
    for (const { node, share } of interpolate(from, t)) {
      for (let i = 0; i < perNode; i++) result[k * perNode + i] += share * weights[node * perNode + i];
    }
  });
  return result;
}
