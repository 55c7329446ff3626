/** @file How jobs describe layers. */
import { activations } from '../network/activation.js';
import { groupings } from '../network/channels.js';
import { boundaries, paddings } from '../network/filters.js';
import { refinements } from '../network/flow.js';
import { imageOrders } from '../network/image.js';
import { initializerNames } from '../network/initializer.js';
import { integrators } from '../network/integrators.js';
import { normalizationMethods } from '../network/normalization.js';
import { dictionaryMethods } from '../network/patchDictionary.js';
import {
  anyOf,
  boolean,
  integer,
  list,
  number,
  object,
  type Properties,
  ref,
  type Schema,
  words,
} from '../validate/schema.js';
import { byType, typed } from './types.js';

const count = (description: string) => integer({ minimum: 1, description });
const bias = (usual: boolean) => ref('bias', { default: usual });
const activation = (usual: string) => ref('activation', { default: usual });
const initializer = ref('initializer', { default: 'he' });
const units = count('Output features.');

/** Of layers that move the features along a flow in time. */
const flow: Properties = {
  time: number({ exclusiveMinimum: 0, default: 1, description: 'Final time T.' }),
  steps: integer({ minimum: 1, default: 1, description: 'Equal time steps.' }),
  nodes: count('Nodes of the weights, equally spaced on [0, T].'),
  stateTimes: ref('numbers', { description: 'Step boundaries instead of time and steps.' }),
  nodeTimes: ref('numbers', { description: 'Times of the nodes instead of nodes.' }),
  basis: ref('rowsOfNumbers', {
    description: 'Nodes × k: the weights at each node as combinations of k trained sets.',
  }),
  refine: words(refinements, { default: 'nodesAndSteps', description: 'What the next level makes finer.' }),
};

const channels = anyOf([integer({ minimum: 1 }), words(['image'])], {
  default: 1,
  description: 'Channels of equal length that the features divide into, one after another; image: those of the image.',
});
const by = (usual: string) =>
  words(groupings, {
    default: usual,
    description: 'Features that belong together: those of a channel, or the same pixel of all channels.',
  });

const extent = (description: string, minimum: number, usual?: number) =>
  anyOf([integer({ minimum }), list(integer({ minimum }), { minItems: 2, maxItems: 2 })], {
    ...(usual !== undefined && { default: usual }),
    description: `${description} A number, or two: vertical, horizontal.`,
  });

const filters = count('Filters, each of them a channel of the output.');

const filterProperties: Properties = {
  kernel: extent('Extent of the filters.', 1, 3),
  stride: extent('Pixels from one place of a filter to the next.', 1, 1),
  padding: anyOf(
    [words(paddings), integer({ minimum: 0 }), list(integer({ minimum: 0 }), { minItems: 2, maxItems: 2 })],
    {
      default: 'same',
      description: 'Pixels around the image: as many as keep its extent / stride, none, or so many on each side.',
    },
  ),
  boundary: words(boundaries, {
    default: 'zero',
    description: 'What these pixels are: zeros, or those of the other side.',
  }),
  groups: integer({ minimum: 1, default: 1, description: 'Channels and filters fall into so many groups.' }),
};

/** By name: of the type of that name, but for those that several types share. */
const layers: Record<string, Schema> = {
  composite: typed(
    {
      layers: list(ref('layer'), { minItems: 1, description: 'Layers after one another, or of concat side by side.' }),
    },
    ['layers'],
  ),
  residual: typed(
    {
      layer: ref('layer', { description: 'Right-hand side of the flow.' }),
      integrator: words(integrators, {
        default: 'rk4',
        description: 'Of dY/dt = layer(Y, θ(t)), leapfrog of d²Y/dt² = layer(Y, θ(t)).',
      }),
      ...flow,
    },
    ['layer'],
  ),
  hamiltonian: typed({ bias: bias(true), activation: activation('tanh'), initializer, ...flow }),
  doubleHamiltonian: typed(
    {
      first: ref('layer', { description: 'dY/dt = first(Z), Y the first half of the features.' }),
      second: ref('layer', { description: 'dZ/dt = −second(Y), Z the second half.' }),
      ...flow,
    },
    ['first', 'second'],
  ),
  dense: typed({ units, bias: bias(true), outputBias: bias(false), activation: activation('identity'), initializer }, [
    'units',
  ]),
  doubleDense: typed(
    {
      hidden: count('Features between the two.'),
      units,
      bias: bias(true),
      secondBias: bias(true),
      outputBias: bias(false),
      activation: activation('tanh'),
      secondActivation: activation('tanh'),
      initializer,
    },
    ['hidden', 'units'],
  ),
  antisymmetricDense: typed({
    gamma: number({ minimum: 0, default: 1e-4, description: 'Shift γ that damps the flow.' }),
    bias: boolean({ default: true }),
    activation: activation('tanh'),
    initializer,
  }),
  doubleSymmetricDense: typed(
    {
      units: count('Columns of K.'),
      bias: bias(true),
      outputBias: bias(false),
      activation: activation('tanh'),
      normalization: ref('layer', { default: { type: 'identity' }, description: 'A layer on Y K, before the bias.' }),
      initializer,
    },
    ['units'],
  ),
  affineScaling: typed({ channels, by: by('pixel') }),
  conv2d: typed(
    { filters, ...filterProperties, bias: boolean({ default: true }), activation: activation('identity'), initializer },
    ['filters'],
  ),
  doubleSymmetricConv2d: typed(
    {
      filters,
      ...filterProperties,
      bias: boolean({ default: true }),
      activation: activation('tanh'),
      normalization: ref('layer', { default: { type: 'identity' }, description: 'A layer on K ∗ y, before the bias.' }),
      initializer,
    },
    ['filters'],
  ),
  patchDictionary: typed(
    {
      filters: count('Filters, each of them two channels of the output.'),
      kernel: extent('Extent of a patch.', 1, 6),
      stride: extent('Pixels from one patch to the next.', 1, 1),
      regions: extent('Regions that the features are averaged over.', 1, 2),
      threshold: number({ minimum: 0, default: 0.25, description: 'b of max(0, ±z − b).' }),
      epsilon: number({ exclusiveMinimum: 0, default: 0.0025, description: 'ε of the contrast of a patch.' }),
      method: words(dictionaryMethods, {
        default: 'kmeans',
        description: 'Filters from the training inputs: by k-means of patches, or patches as they are.',
      }),
      whitening: number({ exclusiveMinimum: 0, default: 0.1, description: 'Added to the variances of whitening.' }),
      patches: integer({ minimum: 2, default: 50_000, description: 'Patches that the filters are taken from.' }),
      iterations: integer({ minimum: 0, default: 10, description: 'Of k-means.' }),
      trainable: boolean({
        default: false,
        description: 'Whether the training goes on from the filters, or keeps them.',
      }),
      fitted: { type: 'string', description: 'The filters, as a training has put them into its model.' },
    },
    ['filters'],
  ),
  pooling: typed({
    size: extent('Of the windows.', 1, 2),
    stride: extent('Pixels from one window to the next (default: the size).', 1),
  }),
  image: typed(
    {
      height: integer({ minimum: 1, description: 'Rows of pixels.' }),
      width: integer({ minimum: 1, description: 'Pixels of a row.' }),
      channels: integer({ minimum: 1, default: 1, description: 'Numbers of a pixel.' }),
      order: words(imageOrders, {
        default: 'hwc',
        description: 'Of the inputs: pixel by pixel (hwc), or channel by channel (chw).',
      }),
    },
    ['height', 'width'],
  ),
  plainImages: typed(),
  normalization: typed({
    channels,
    by: by('channel'),
    method: words(normalizationMethods, {
      default: 'standardize',
      description: '(y − mean)/√(variance + ε), or y/√(Σ y² + ε).',
    }),
    epsilon: number({ exclusiveMinimum: 0, default: 1e-4, description: 'ε.' }),
  }),
  connector: typed({
    units: count('Output features: the first ones of the input, then zeros. Either this or K.'),
    K: ref('rowsOfNumbers', { description: 'A row for each input feature.' }),
    b: ref('numbers', { description: 'Added, a number for each output feature.' }),
  }),
  smoothRelu: typed({ eta: number({ exclusiveMinimum: 0, default: 0.1, description: 'Half-width η of the bend.' }) }),
  plainActivation: typed(),
};

const { composite, plainActivation, pooling, plainImages, ...own } = layers;

const types: Record<string, string> = {
  sequential: 'composite',
  concat: 'composite',
  averagePool: 'pooling',
  maxPool: 'pooling',
  globalAveragePool: 'plainImages',
  flatten: 'plainImages',
  ...Object.fromEntries(activations.map((name) => [name, 'plainActivation'])),
  ...Object.fromEntries(Object.keys(own).map((name) => [name, name])),
};

export const layerDefinitions: Record<string, Schema> = {
  layer: {
    type: 'object',
    required: ['type'],
    properties: {
      type: anyOf([words(Object.keys(types)), { type: 'string' }], {
        description: 'The type of the layer; other types are those of defineLayer().',
      }),
    },
    allOf: byType(types),
  },
  ...layers,
  bias: anyOf([boolean(), ref('rowsOfNumbers')], {
    description: 'Trained row added to every sample: a weight a feature, none, or a weight for each of these rows.',
  }),
  activation: words(activations),
  initializer: anyOf(
    [
      words(initializerNames),
      object(
        {
          scale: number({ description: 'Standard deviation of the weights.' }),
          biasScale: number({ default: 0, description: 'Standard deviation of the biases.' }),
        },
        { required: ['scale'] },
      ),
    ],
    { description: 'Distribution of the initial weights.' },
  ),
};
