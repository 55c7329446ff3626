/**
 * @file Residual networks as discretised flows: dY/dt = layer(Y, θ(t)) on [0, T] (section 4 of the paper; RK4 weights at
 * the stage times by interpolation), or by leapfrog d²Y/dt² = layer(Y, θ(t)).
 */
import { checkOneOf, checkOptions } from '../validate/check.js';
import { checkLayer, resolveSameWidth } from './checkLayers.js';
import { type FlowOptions, flowLayer, flowOptionNames, type TimeGrids, timeGrids } from './flow.js';
import { type Integrator, integrate, integrators } from './integrators.js';
import { type LayerDescription, registerLayer } from './layer.js';

export interface ResidualOptions extends FlowOptions {
  /** Default `rk4`. */
  integrator?: Integrator;
}

interface ResidualDescription extends LayerDescription, TimeGrids {
  readonly layer: LayerDescription;
  readonly integrator: Integrator;
}

export const residualOptionNames = ['integrator', ...flowOptionNames];

/** N × n → N × n. θ holds the layer's weights node after node. */
export function residual(layer: LayerDescription, options: ResidualOptions = {}): LayerDescription {
  checkLayer(layer, 'residual');
  checkOptions(options, residualOptionNames, 'residual');
  const { integrator = 'rk4' } = options;
  checkOneOf(integrator, 'integrator', integrators);
  return { type: 'residual', layer, integrator, ...timeGrids(options, integrator === 'rk4') };
}

registerLayer('residual', ({ type: _, layer: given, ...options }, inputs) => {
  const description = residual(given as LayerDescription, options) as ResidualDescription;
  const { integrator } = description;
  const layer = resolveSameWidth(description.layer, inputs, 'residual');
  return flowLayer(
    {
      label: `residual(${layer.label})`,
      state: inputs,
      weightsAtEnd: integrator === 'rk4',
      node: layer,
      integrate: (b, x, times, weightsAt) =>
        integrate[integrator](b, (y, t) => layer.apply(b, y, weightsAt(t)), x, times),
    },
    description,
  );
});
