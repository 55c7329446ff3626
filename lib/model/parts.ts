/** @file What a model consists of, and the check that the parts fit each other. */

import { snapshot } from '../data/buffers.js';
import { type ClassName, checkClasses } from '../data/classes.js';
import { type ColumnNames, copyNames, misfitOfNames, noNames } from '../data/names.js';
import { type Scaling, scaledColumns } from '../data/scaling.js';
import { lossFacts, namesOf } from '../loss/registry.js';
import { copyDescription, type LayerDescription } from '../network/layer.js';
import { type Program, sumsSamples } from '../program/program.js';
import { copyPosterior, misfitOfPosterior, type Posterior } from './posterior.js';

export interface ModelParts {
  /** The description of the feature extractor; data only, a model predicts without it. */
  readonly network: LayerDescription;
  /** The traced network: Y (N × inputs, scaled, fewer where the scaling rotates) and θ → Z (N × features). */
  readonly forward: Program;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether the last layer has a bias, the last column of W. */
  readonly bias: boolean;
  /** θ, the weights of the network. */
  readonly theta: Float64Array;
  /** outputs × m row-major, m = features + 1 with a bias, else features. */
  readonly W: Float64Array;
  readonly scaling: { readonly inputs: Scaling; readonly targets: Scaling };
  /** The loss of its training, which says what its outputs mean (default: that of `train()`). */
  readonly loss?: string;
  /** The names of the outputs of a classifier, or null. */
  readonly classes?: readonly ClassName[] | null;
  /** Names of the columns of the training data (default: none). */
  readonly names?: ColumnNames;
  /** Of its weights, for predictions with uncertainty; null or absent where it is not known. */
  readonly posterior?: Posterior | null;
  /** JSON-able facts of the training, or null. */
  readonly training: Readonly<Record<string, unknown>> | null;
}

export function featureCount({ forward }: ModelParts): number {
  return forward.sampleOutputs[0].cols;
}

/** A phrase that says which parts do not fit, or null. */
export function misfit(parts: ModelParts): string | null {
  const { names = noNames, posterior = null } = parts;
  return (
    misfitOfProgram(parts) ??
    misfitOfClasses(parts) ??
    misfitOfNumbers(parts) ??
    (posterior && misfitOfPosterior(posterior, parts)) ??
    (misfitOfNames(names, parts) === null ? null : 'it has names that are not those of its columns')
  );
}

function misfitOfProgram({ forward, inputs, theta, scaling }: ModelParts): string | null {
  const { sampleInputs, vectorInputs, sampleOutputs, vectorOutputs } = forward;
  const counts = [sampleInputs, vectorInputs, sampleOutputs, vectorOutputs].map(({ length }) => length);
  if (counts.join() !== '1,1,1,0') return 'its program does not map inputs and weights to features';
  const columns = scaledColumns(scaling.inputs, inputs);
  if (sampleInputs[0].cols !== columns)
    return `its program takes ${sampleInputs[0].cols} inputs but it names ${columns}`;
  if (vectorInputs[0].length !== theta.length) {
    return `its program takes ${vectorInputs[0].length} weights but it holds ${theta.length}`;
  }
  return mixesSamples(forward) ? 'its program mixes samples' : null;
}

/** The features of a sample are its own: a prediction must not depend on the samples beside it. */
function mixesSamples(program: Program): boolean {
  return program.instructions.some((instruction) => sumsSamples(program, instruction));
}

function misfitOfClasses({ loss, classes, outputs }: ModelParts): string | null {
  if (loss !== undefined && (typeof loss !== 'string' || loss === '')) return 'its loss has no name';
  if ((lossFacts(loss).meaning.classesIn !== null) !== (classes != null)) {
    return `it has classes without the loss ${namesOf(({ meaning }) => meaning.classesIn !== null)}, or the reverse`;
  }
  if (classes == null) return null;
  try {
    checkClasses(classes);
  } catch (error) {
    return `its classes cannot be used (${(error as Error).message})`;
  }
  return classes.length === outputs ? null : `it has ${classes.length} classes for ${outputs} outputs`;
}

function misfitOfNumbers(parts: ModelParts): string | null {
  const { inputs, outputs, bias, theta, W, scaling } = parts;
  const columns = featureCount(parts) + Number(bias);
  if (W.length !== outputs * columns) {
    return `its last layer needs ${outputs} × ${columns} weights but it holds ${W.length}`;
  }
  if (!(theta.every(Number.isFinite) && W.every(Number.isFinite))) return 'a weight is not a finite number';
  const problem =
    misfitOfScaling(scaling.inputs, inputs, 'inputs') ?? misfitOfScaling(scaling.targets, outputs, 'targets');
  if (problem !== null || scaling.targets.rotation === undefined) return problem;
  return 'its scaling of targets has a rotation';
}

function misfitOfScaling({ shift, scale, rotation = [] }: Scaling, cols: number, name: string): string | null {
  if (shift.length !== cols || scale.length !== cols) {
    return `its scaling of ${name} has ${shift.length} and ${scale.length} numbers for ${cols} columns`;
  }
  const areFinite = (values: ArrayLike<number>) => Array.prototype.every.call(values, Number.isFinite);
  const usable = areFinite(shift) && areFinite(rotation) && Array.prototype.every.call(scale, isDivisor);
  return usable ? null : `its scaling of ${name} has a number that cannot be used`;
}

function isDivisor(value: number): boolean {
  return Number.isFinite(value) && Number.isFinite(1 / value);
}

/** A copy that nobody else holds. Throws ERR_DETACHED for an array that lost its memory. */
export function copyParts(parts: ModelParts): ModelParts {
  const { network, theta, W, scaling, training, classes, names = noNames, posterior = null } = parts;
  return {
    ...parts,
    posterior: posterior && copyPosterior(posterior),
    names: copyNames(names),
    classes: classes == null ? null : [...classes],
    network: copyDescription(network),
    theta: snapshot(theta, 'theta'),
    W: snapshot(W, 'W'),
    scaling: copyScaling(scaling),
    training: copyFacts(training),
  };
}

/** Facts of the training become what JSON makes of them, as after save and load. */
export function copyFacts(training: ModelParts['training']): ModelParts['training'] {
  return JSON.parse(JSON.stringify(training));
}

export function copyScaling({ inputs, targets }: ModelParts['scaling']): ModelParts['scaling'] {
  const floats = (values: ArrayLike<number>, name: string) => Float64Array.from(snapshot(values, name));
  const copy = ({ shift, scale, rotation }: Scaling) => ({
    shift: floats(shift, 'shift'),
    scale: floats(scale, 'scale'),
    ...(rotation !== undefined && { rotation: floats(rotation, 'rotation') }),
  });
  return { inputs: copy(inputs), targets: copy(targets) };
}
