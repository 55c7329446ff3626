/** @file What a layer is: a plain description that people write, and the resolved layer that is traced. */
import { types } from 'node:util';
import { GnvproError } from '../errors.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import { mostSlotColumns } from '../program/limits.js';
import type { Random } from '../random.js';
import { checkInteger } from '../validate/check.js';
import { deepest, isPlain, isTooDeep } from '../validate/depth.js';

/** A JSON-able description; the job file and the model header use the same. */
export interface LayerDescription {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** Features that a layer is asked for. */
export function checkWidth(value: unknown, name: string): void {
  checkInteger(value, name, { min: 1 });
  checkInteger(value, name, { max: mostSlotColumns });
}

/** Throws ERR_LAYER for layers within layers without end. */
export function checkDepth(description: unknown): void {
  if (!isTooDeep(description)) return;
  throw new GnvproError(
    'ERR_LAYER',
    `Expected a description of at most ${deepest} lists and objects within each other for network but received a deeper one.`,
  );
}

/**
 * A copy that later changes of the original do not reach. What is no data (a function, an instance of a class) stays as
 * it is. Throws as `checkDepth` does.
 */
export function copyDescription<T>(value: T): T {
  checkDepth(value);
  return copied(value);
}

function copied<T>(value: T): T {
  if (Array.isArray(value)) return value.map((entry) => copied(entry)) as T;
  if (types.isTypedArray(value)) return (value as unknown as Float64Array).slice() as T;
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, copied(entry)])) as T;
}

/** One matrix of trainable weights, stored row-major in θ. */
export interface WeightBlock {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Fills the block's rows·cols entries. */
  initialize(random: Random, weights: Float64Array): void;
}

/** The features of a sample; those of an image lie channel by channel, row by row. */
export interface FeatureShape {
  readonly count: number;
  readonly image?: { readonly height: number; readonly width: number; readonly channels: number };
}

/** A description resolved for its input features. */
export interface Layer {
  /** How errors and prints name it, e.g. `dense(8)`. */
  readonly label: string;
  readonly outputs: FeatureShape;
  readonly blocks: readonly WeightBlock[];
  /** Records the layer on N × features; `weights` are the blocks, in order. */
  apply(b: ProgramBuilder, x: Value, weights: readonly Value[]): Value;
  /** Initial weights that single blocks cannot draw alone (equal over time, say); else block by block. */
  initialize?(random: Random): Float64Array;
  /** The description of twice the depth and weights that give nearly the same function. */
  prolongate?(weights: Float64Array): Prolongation;
}

export interface Prolongation {
  readonly network: LayerDescription;
  readonly weights: Float64Array;
}

type Resolver = (description: LayerDescription, inputs: FeatureShape) => Layer;

const resolvers = new Map<string, Resolver>();

/** Makes a layer type known under `type`, so that descriptions of it can be resolved. */
export function registerLayer(type: string, resolver: Resolver): void {
  resolvers.set(type, resolver);
}

export function isRegistered(type: string): boolean {
  return resolvers.has(type);
}

export function registeredTypes(): string[] {
  return [...resolvers.keys()];
}

/** The layer of a description on `inputs`, a column for each. Throws ERR_LAYER or ERR_SHAPE. */
export function resolve(description: LayerDescription, inputs: FeatureShape): Layer {
  const resolver = resolvers.get(description?.type);
  if (resolver === undefined) {
    throw new GnvproError(
      'ERR_LAYER',
      `Expected a layer for network but received ${describe(description)}. Known types: ${registeredTypes().join(', ')}. ` +
        'A layer of your own must be defined with defineLayer() before it is used.',
    );
  }
  return resolver(description, inputs);
}

function describe(value: unknown): string {
  if (value !== null && typeof value === 'object' && 'type' in value) return `type ${JSON.stringify(value.type)}`;
  return value === null ? 'null' : `${typeof value}${Array.isArray(value) ? ' (an array: use sequential([…]))' : ''}`;
}

export function blockSize({ rows, cols }: { rows: number; cols: number }): number {
  return rows * cols;
}

export function weightCount(layer: Pick<Layer, 'blocks'>): number {
  return layer.blocks.reduce((sum, block) => sum + blockSize(block), 0);
}

export function initialWeights(layer: Pick<Layer, 'blocks' | 'initialize'>, random: Random): Float64Array {
  if (layer.initialize !== undefined) return layer.initialize(random);
  const weights = new Float64Array(weightCount(layer));
  let offset = 0;
  for (const block of layer.blocks) {
    block.initialize(random, weights.subarray(offset, offset + blockSize(block)));
    offset += blockSize(block);
  }
  return weights;
}

/** Applies a layer under its label, so that a shape error names it. */
export function applyLayer(b: ProgramBuilder, layer: Layer, x: Value, weights: readonly Value[], place = ''): Value {
  return b.within(place + layer.label, () => layer.apply(b, x, weights));
}
