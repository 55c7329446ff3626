/** @file A model in words. */
import { noNames } from '../data/names.js';
import type { Scaling } from '../data/scaling.js';
import { defaultLoss } from '../loss/registry.js';
import type { LayerDescription } from '../network/layer.js';
import { brief } from '../validate/check.js';
import { printableName } from '../validate/printable.js';
import { featureCount, type ModelParts } from './parts.js';
import { hasNoise, lengthOfNoise, type Posterior, posteriorArrays, sizesOf } from './posterior.js';

export function summarize(parts: ModelParts): string {
  const { inputs, outputs, bias, theta, W, network, scaling, training, names = noNames } = parts;
  const features = featureCount(parts);
  const layers =
    network.type === 'sequential' && isLayers(network.layers) ? (network.layers as LayerDescription[]) : [network];
  const lines = [`gnvpro model: ${inputs} inputs → ${features} features → ${outputs} outputs`];
  layers.forEach((layer, i) => {
    lines.push(`  ${i === 0 ? 'layers  ' : '        '} ${describe(layer)}`);
  });
  const last = `${outputs} × ${features + Number(bias)}${bias ? ', bias in the last column' : ', no bias'}`;
  lines.push(`  weights  ${theta.length} in the layers, ${W.length} in the last layer (${last})`);
  if (parts.loss !== undefined && parts.loss !== defaultLoss) lines.push(`  loss     ${parts.loss}`);
  if (parts.classes != null) lines.push(`  classes  ${listed(parts.classes)}`);
  if (names.inputs !== null) lines.push(`  inputs   ${listed(names.inputs)}`);
  if (names.targets !== null) lines.push(`  targets  ${listed(names.targets)}`);
  lines.push(`  scaling  inputs: ${describeScaling(scaling.inputs)}; targets: ${describeScaling(scaling.targets)}`);
  if (parts.posterior != null) lines.push(`  ${describePosterior(parts.posterior, parts)}`);
  lines.push(`  trained  ${training === null ? 'unknown' : describeTraining(training)}`);
  return lines.map(printableName).join('\n');
}

function listed(classes: readonly (string | number)[]): string {
  const most = 12;
  const rest = classes.length > most ? ` and ${classes.length - most} more` : '';
  return `${classes
    .slice(0, most)
    .map((name) => brief(String(name)))
    .join(', ')}${rest}`;
}

/** A description as a call, e.g. `dense(units 8, bias false)`. */
export function describe({ type, ...options }: LayerDescription): string {
  const shown = Object.entries(options).map(([name, value]) =>
    isLayer(value) ? describe(value) : `${name} ${show(value)}`,
  );
  return shown.length === 0 ? brief(type) : `${brief(type)}(${brief(shown.join(', '), 2000)})`;
}

function show(value: unknown): string {
  if (isLayer(value)) return describe(value);
  if (!Array.isArray(value)) return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const { length } = value;
  if (length > 6 && !isLayers(value)) return `[${show(value[0])} … ${show(value[length - 1])}; ${length} entries]`;
  return `[${value.map(show).join(', ')}]`;
}

function isLayer(value: unknown): value is LayerDescription {
  return value !== null && typeof value === 'object' && typeof (value as LayerDescription).type === 'string';
}

function isLayers(value: unknown): boolean {
  return Array.isArray(value) && value.every(isLayer);
}

function describeScaling({ rotation, ...columns }: Scaling): string {
  const components =
    rotation === undefined ? '' : `, then rotated to ${rotation.length / columns.shift.length} components`;
  return `${describeColumns(columns)}${components}`;
}

function describeColumns({ shift, scale }: Scaling): string {
  const shifted = Array.from(shift).some((x) => x !== 0);
  const factors = new Set(scale);
  if (factors.size > 1) return shifted ? 'each column shifted and scaled' : 'each column scaled';
  const [factor] = factors;
  const divided = factor === 1 ? '' : `divided by ${Number(factor.toPrecision(4))}`;
  if (!shifted) return divided || 'none';
  return `each column shifted${divided && `, all ${divided}`}`;
}

/** With the noise of the scaled targets, where there is one. */
function describePosterior(posterior: Posterior, parts: ModelParts): string {
  const { length } = posterior.noise;
  const noise = describeNoise(posterior, parts.outputs);
  const bytes = posteriorArrays.reduce((sum, name) => sum + posterior[name].byteLength, 0);
  const members = length === 1 ? '' : ` of ${length} members`;
  const ofW = sizesOf(posterior, parts).isHeld ? ' of W alone' : '';
  const size = `${ofW}${ofW && members && ','}${members}, ${Math.ceil(bytes / 1024)} KiB`;
  return hasNoise(parts) ? `noise    ${noise} in scaled targets; with the posterior${size}` : `posterior${size}`;
}

/** Of each member where there is one output, else by output. */
function describeNoise({ noise, outputNoise }: Posterior, outputs: number): string {
  const told = (sigma: number) => String(Number(sigma.toPrecision(3)));
  if (outputs === 1) return Array.from(noise, told).join(', ');
  const sigma = lengthOfNoise(noise) / Math.sqrt(noise.length);
  const byOutput = outputNoise.map((s) => s * sigma);
  if (outputs <= mostTold) return `${Array.from(byOutput, told).join(', ')} by output`;
  return `${told(Math.min(...byOutput))} to ${told(Math.max(...byOutput))} by output`;
}

/** Numbers that stand one by one. */
const mostTold = 6;

function describeTraining({ date, seed, stop, version }: Readonly<Record<string, unknown>>): string {
  const status = (stop as { status?: unknown } | undefined)?.status;
  const facts = [date, seed === undefined ? undefined : `seed ${seed}`, status, version && `gnvpro ${version}`];
  return facts.filter((fact) => fact !== undefined).join(', ') || 'unknown';
}
