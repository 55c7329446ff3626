/** @file A model as bytes and back. Everything in it is data: loading runs no code of a layer. */
import { type ColumnNames, noNames } from '../data/names.js';
import { GnvproError } from '../errors.js';
import type { LayerDescription } from '../network/layer.js';
import { limitsOf } from '../program/budget.js';
import type { Program } from '../program/program.js';
import { deserialize, serialize } from '../program/serialize.js';
import { version } from '../version.js';
import { type Contents, damaged, pack, type StoredArray, unpack } from './container.js';
import { featureCount, type ModelParts, misfit } from './parts.js';
import { mapArrays, type Posterior, posteriorArrays, shapesOf } from './posterior.js';

/** Throws ERR_LAYER when an option of a layer cannot be written as JSON. */
export function encodeModel(parts: ModelParts): Uint8Array {
  const { network, inputs, outputs, bias, theta, W, scaling, training, loss, classes, names, posterior } = parts;
  const { json: program, constants } = serialize(parts.forward);
  const vector = (data: ArrayLike<number>) => ({ shape: [data.length], data: Float64Array.from(data) });
  const { rotation } = scaling.inputs;
  return pack({
    header: {
      gnvpro: version,
      inputs,
      outputs,
      bias,
      network: jsonOf(network),
      loss,
      classes,
      names,
      program,
      training,
    },
    arrays: new Map([
      ['theta', vector(theta)],
      ['W', { shape: [outputs, featureCount(parts) + Number(bias)], data: W }],
      ['constants', vector(constants)],
      ['inputShift', vector(scaling.inputs.shift)],
      ['inputScale', vector(scaling.inputs.scale)],
      ...(rotation === undefined ? [] : [['inputRotation', vector(rotation)] as const]),
      ['targetShift', vector(scaling.targets.shift)],
      ['targetScale', vector(scaling.targets.scale)],
      ...(posterior ? storedPosterior(posterior, parts) : []),
    ]),
  });
}

function storedPosterior(posterior: Posterior, parts: ModelParts): [string, StoredArray][] {
  const shapes = shapesOf(posterior, parts);
  return posteriorArrays.map((name) => [storedName(name), { shape: shapes[name], data: posterior[name] }]);
}

/** `posteriorTheta` of `theta` */
function storedName(name: string): string {
  return `posterior${name[0].toUpperCase()}${name.slice(1)}`;
}

function jsonOf(network: LayerDescription): unknown {
  try {
    return JSON.parse(JSON.stringify(network));
  } catch (cause) {
    throw new GnvproError(
      'ERR_LAYER',
      `Expected layers whose options are plain JSON, to save them: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

/** Throws ERR_MODEL_FILE, whatever is wrong with the bytes. */
export function decodeModel(bytes: Uint8Array): ModelParts {
  const contents = unpack(bytes);
  const { header, arrays } = contents;
  if (header.members !== undefined)
    throw new GnvproError('ERR_MODEL_FILE', 'This is the file of an ensemble: read it by Ensemble.load.');
  const { network, training } = header;
  const array = (name: string) => arrays.get(name)?.data ?? missing(name);
  const rotation = arrays.get('inputRotation')?.data;
  const parts: ModelParts = {
    network: isObject(network) && typeof network.type === 'string' ? (network as LayerDescription) : missing('network'),
    forward: readProgram(contents, bytes.length),
    inputs: positive(header.inputs, 'inputs'),
    outputs: positive(header.outputs, 'outputs'),
    bias: typeof header.bias === 'boolean' ? header.bias : missing('bias'),
    theta: array('theta'),
    W: array('W'),
    scaling: {
      inputs: { shift: array('inputShift'), scale: array('inputScale'), ...(rotation && { rotation }) },
      targets: { shift: array('targetShift'), scale: array('targetScale') },
    },
    ...readMeaning(header),
    posterior: arrays.has(storedName('noise')) ? readPosterior(arrays, array) : null,
    training: training === null || isObject(training) ? training : missing('training'),
  };
  const problem = misfit(parts);
  if (problem !== null) throw damaged(problem);
  return parts;
}

/** Files of earlier versions have one σ for all outputs. */
function readPosterior(arrays: Contents['arrays'], array: (name: string) => Float64Array): Posterior {
  const isShared = !arrays.has(storedName('outputNoise'));
  return mapArrays((name) =>
    name === 'outputNoise' && isShared ? array('targetScale').map(() => 1) : array(storedName(name)),
  );
}

/** Files of earlier versions say nothing of the loss, or of names. */
function readMeaning({ loss, classes, names }: Contents['header']): Pick<ModelParts, 'loss' | 'classes' | 'names'> {
  return {
    loss: loss === undefined || typeof loss === 'string' ? loss : missing('loss'),
    classes: classes === undefined || classes === null || Array.isArray(classes) ? classes : missing('classes'),
    names: names === undefined ? noNames : readColumnNames(names),
  };
}

function readColumnNames(names: unknown): ColumnNames {
  const { inputs = null, targets = null } = isObject(names) ? names : missing('names');
  return { inputs, targets } as ColumnNames;
}

function readProgram({ header, arrays }: Contents, bytes: number): Program {
  const constants = arrays.get('constants')?.data ?? missing('constants');
  try {
    return deserialize(header.program, constants, limitsOf(bytes));
  } catch (error) {
    throw unusable(error);
  }
}

/** The error for a program that was refused, by the builder here or by the backend's verifier. */
export function unusable(error: unknown): GnvproError {
  return damaged(`its program was refused (${(error as Error).message})`, error);
}

function positive(value: unknown, name: string): number {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : missing(name);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function missing(name: string): never {
  throw damaged(`it has no usable "${name}"`);
}
