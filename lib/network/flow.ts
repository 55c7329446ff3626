/**
 * @file What the networks share that discretise a flow on [0, T]: time steps, and weights θ(t) that are piecewise linear
 * in time on a grid of nodes of their own (section 4 of the paper).
 */

import { GnvproError } from '../errors.js';
import { join } from '../linalg/vector.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import { checkInteger, checkNumber, checkOneOf, checkRows } from '../validate/check.js';
import { type FeatureShape, initialWeights, type Layer, type LayerDescription, weightCount } from './layer.js';
import { interpolate, refineTimes, uniformTimes } from './time.js';

/** Far above what a program can unroll in reasonable time. */
const mostTimes = 2 ** 14;

/** What doubling the depth refines: the nodes of the weights alone (as the paper's experiments) or the steps too. */
export const refinements = ['nodes', 'nodesAndSteps'] as const;

export interface FlowOptions {
  /** Final time T > 0 (default 1). */
  time?: number;
  /** Equal time steps (default 1). */
  steps?: number;
  /**
   * Nodes of the weights, equally spaced on [0, T]. Default: the ends of all steps for rk4, which needs weights there,
   * else the start of each step.
   */
  nodes?: number;
  /** Step boundaries 0 … T instead of `time` and `steps`. */
  stateTimes?: readonly number[];
  /** Times of the nodes instead of `nodes`; weights are constant before the first and after the last. */
  nodeTimes?: readonly number[];
  /** Nodes × k: θ holds k sets of weights, and those at a node are their combination. Default: a set for each node. */
  basis?: readonly (readonly number[])[];
  /** Default `nodesAndSteps`. */
  refine?: (typeof refinements)[number];
}

/** The options resolved; they are part of a description. */
export interface TimeGrids {
  readonly stateTimes: readonly number[];
  readonly nodeTimes: readonly number[];
  readonly basis?: readonly (readonly number[])[];
  readonly refine: (typeof refinements)[number];
}

export const flowOptionNames = ['time', 'steps', 'nodes', 'stateTimes', 'nodeTimes', 'basis', 'refine'];

/** `weightsAtEnd`: whether a step needs weights at its end, too. */
export function timeGrids(options: FlowOptions, weightsAtEnd: boolean): TimeGrids {
  const { basis, refine = 'nodesAndSteps' } = options;
  checkOneOf(refine, 'refine', refinements);
  const stateTimes = options.stateTimes ?? stateGrid(options);
  const nodeTimes = options.nodeTimes ?? nodeGrid(options, stateTimes, weightsAtEnd);
  checkTimes(stateTimes, 'stateTimes', 2);
  checkTimes(nodeTimes, 'nodeTimes', 1);
  if (basis === undefined) return { stateTimes, nodeTimes, refine };
  checkRows(basis, 'basis');
  if (basis.length !== nodeTimes.length) {
    throw new GnvproError(
      'ERR_OPTION',
      `Expected ${nodeTimes.length} rows for basis, one for each node, but received ${basis.length}.`,
    );
  }
  return { stateTimes, nodeTimes, basis, refine };
}

function stateGrid({ time = 1, steps = 1 }: FlowOptions): number[] {
  checkNumber(time, 'time', { above: 0 });
  checkTimesCount(steps, 'steps');
  return uniformTimes(time, steps + 1);
}

function nodeGrid({ nodes }: FlowOptions, stateTimes: readonly number[], weightsAtEnd: boolean): readonly number[] {
  if (nodes === undefined) return weightsAtEnd ? stateTimes : stateTimes.slice(0, -1);
  checkTimesCount(nodes, 'nodes');
  return uniformTimes(stateTimes[stateTimes.length - 1], nodes);
}

function checkTimesCount(value: unknown, name: string): void {
  checkInteger(value, name, { min: 1 });
  checkInteger(value, name, { max: mostTimes });
}

function checkTimes(times: readonly number[], name: string, least: number): void {
  const rising = Array.isArray(times) && times.every((t, i) => Number.isFinite(t) && (i === 0 || t > times[i - 1]));
  if (rising && times.length >= least) return;
  throw new GnvproError(
    'ERR_OPTION',
    `Expected at least ${least} finite, strictly increasing times for ${name} but received ${JSON.stringify(times)}.`,
  );
}

/** A flow before it has a grid: N × n → N × n. */
export interface Flow {
  readonly label: string;
  readonly state: FeatureShape;
  readonly weightsAtEnd: boolean;
  /** The weights that θ holds for each node. */
  readonly node: Pick<Layer, 'blocks' | 'initialize'>;
  /** Records the whole flow through `times`; `weightsAt` gives the blocks of the node at any time. */
  integrate(b: ProgramBuilder, x: Value, times: readonly number[], weightsAt: (t: number) => readonly Value[]): Value;
}

/** The layer of a flow on the grids of its description; θ holds the weights node after node. */
export function flowLayer({ label, state, weightsAtEnd, node, integrate }: Flow, grids: Grids): Layer {
  const { stateTimes } = grids;
  const perNode = node.blocks.length;
  const sets = grids.basis?.[0].length ?? grids.nodeTimes.length;
  const indices = Array.from({ length: sets }, (_, k) => k);
  return {
    label,
    outputs: state,
    blocks: indices.flatMap((k) => node.blocks.map((block) => ({ ...block, name: `node${k}.${block.name}` }))),
    apply: (b, x, weights) => {
      const combination = (t: number, i: number) =>
        shares(grids, t)
          .map(({ set, share }) => b.scale(weights[set * perNode + i], share))
          .reduce((sum, term) => b.add(sum, term));
      return integrate(b, x, stateTimes, (t) => node.blocks.map((_, i) => combination(t, i)));
    },
    /** One draw, constant in time (as the paper's code). */
    initialize: (random) => {
      const drawn = initialWeights(node, random);
      return join(...indices.map(() => drawn));
    },
    prolongate: (weights) => prolongate(grids, weights, weightCount(node), weightsAtEnd),
  };
}

type Grids = TimeGrids & LayerDescription;

/** θ(t) as a combination of the sets of weights in θ. */
function shares({ nodeTimes, basis }: TimeGrids, t: number): { set: number; share: number }[] {
  const nodes = interpolate(nodeTimes, t);
  if (basis === undefined) return nodes.map(({ node, share }) => ({ set: node, share }));
  return rowAt(basis, nodes).map((share, set) => ({ set, share }));
}

/** The rows at the nodes, interpolated. */
function rowAt(rows: readonly ArrayLike<number>[], nodes: { node: number; share: number }[]): number[] {
  return Array.from({ length: rows[0].length }, (_, i) =>
    nodes.reduce((sum, { node, share }) => sum + share * rows[node][i], 0),
  );
}

/** Halves the intervals between nodes. With a basis, that is interpolated and the weights stay as they are. */
function prolongate(grids: Grids, weights: Float64Array, perNode: number, weightsAtEnd: boolean) {
  const { stateTimes, nodeTimes, basis, refine } = grids;
  const end = stateTimes[stateTimes.length - 1];
  const fine = refineTimes(nodeTimes, end, !weightsAtEnd);
  const between = <R extends ArrayLike<number>>(rows: readonly R[]) =>
    fine.map((t) => rowAt(rows, interpolate(nodeTimes, t)));
  const network = {
    ...grids,
    nodeTimes: fine,
    stateTimes: refine === 'nodes' ? stateTimes : refineTimes(stateTimes, end, false),
    ...(basis !== undefined && { basis: between(basis) }),
  };
  if (basis !== undefined) return { network, weights };
  const byNode = nodeTimes.map((_, k) => weights.subarray(k * perNode, (k + 1) * perNode));
  return { network, weights: Float64Array.from(between(byNode).flat()) };
}
