/** @file Layers of the user's own, from a few lines of traced primitives. */
import { GnvproError } from '../errors.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Value } from '../program/emitter.js';
import type { Random } from '../random.js';
import { checkInteger } from '../validate/check.js';
import { checkLayer } from './checkLayers.js';
import { distribution, type Initializer } from './initializer.js';
import { type FeatureShape, isRegistered, type LayerDescription, registerLayer } from './layer.js';

export interface ParameterDefinition {
  readonly shape: readonly [rows: number, cols: number];
  /** A named distribution (fan-in = rows), a constant, or a draw for each entry. Default `he`. */
  readonly initialize?: Initializer | number | ((random: Random) => number);
}

export interface LayerDefinition<Options extends object> {
  /** The type that descriptions carry; unique. */
  readonly name: string;
  /** Output features for the input features. Default: the same number. */
  shape?(features: number, options: Options): number;
  /** Weight matrices by name, in the order of θ. Default: none. */
  parameters?(features: number, options: Options): Readonly<Record<string, ParameterDefinition>>;
  /**
   * Records the layer. `x` is N × features, `parameters` the matrices by name; `b` offers matmul, add, sub, mul,
   * scale, addRow, mulRow, unary, concat, gather, constant. Derivatives follow by themselves.
   */
  apply(b: ProgramBuilder, x: Value, parameters: Readonly<Record<string, Value>>, options: Options): Value;
}

/**
 * Defines a layer type and returns the function that makes its descriptions.
 *
 * @throws GnvproError ERR_LAYER when the name is taken or a member is missing
 */
export function defineLayer<Options extends object = Record<never, never>>(
  definition: LayerDefinition<Options>,
): (options?: Options) => LayerDescription {
  const { name } = definition ?? {};
  if (typeof name !== 'string' || name === '' || typeof definition.apply !== 'function') {
    throw new GnvproError('ERR_LAYER', 'Expected { name, apply } with a string and a function for defineLayer.');
  }
  if (isRegistered(name)) {
    throw new GnvproError('ERR_LAYER', `Expected a new name for defineLayer but "${name}" is taken.`);
  }
  registerLayer(name, (description, inputs) => resolveDefined(definition, description, inputs));
  return (options) => {
    const description = { ...options, type: name };
    checkLayer(description, name);
    return description;
  };
}

function resolveDefined<O extends object>(
  definition: LayerDefinition<O>,
  description: LayerDescription,
  inputs: FeatureShape,
) {
  const { type: _, ...rest } = description;
  const options = rest as unknown as O;
  const features = inputs.count;
  const parameters = Object.entries(definition.parameters?.(features, options) ?? {});
  const outputs = definition.shape?.(features, options) ?? features;
  checkInteger(outputs, `the result of shape() of ${definition.name}`, { min: 1 });
  for (const [name, { shape }] of parameters) {
    for (const extent of shape) checkInteger(extent, `the shape of ${name} of ${definition.name}`, { min: 1 });
  }
  return {
    label: definition.name,
    outputs: definition.shape === undefined ? inputs : { count: outputs },
    blocks: parameters.map(([name, parameter]) => ({
      name,
      rows: parameter.shape[0],
      cols: parameter.shape[1],
      initialize: (random: Random, weights: Float64Array) => {
        const draw = drawOf(parameter);
        for (let i = 0; i < weights.length; i++) weights[i] = draw(random);
      },
    })),
    apply: (b: ProgramBuilder, x: Value, weights: readonly Value[]) => {
      const byName = Object.fromEntries(parameters.map(([name], i) => [name, weights[i]]));
      const y = definition.apply(b, x, byName, options);
      if (y?.shape?.kind === 'samples' && y.shape.cols === outputs) return y;
      throw b.shapeError(`apply() must return N×${outputs} as shape() says.`);
    },
  };
}

function drawOf({ shape, initialize = 'he' }: ParameterDefinition): (random: Random) => number {
  if (typeof initialize === 'function') return initialize;
  if (typeof initialize === 'number') return () => initialize;
  return distribution(initialize, shape[0], shape[1]).weight;
}
