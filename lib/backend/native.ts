/** @file The native backend: the same programs, run by the addon off the main thread. */
import {
  loadNative,
  type Native,
  type NativeLoss,
  type NativePoint,
  type NativeProgram,
  type ObjectiveConfig,
} from '../binding.js';
import { columnsIn, isStored, type StoredMatrix } from '../data/stored.js';
import type { FileMatrix, FileRows } from '../files/fileMatrix.js';
import { encode } from '../program/encode.js';
import type { Program } from '../program/program.js';
import type { Backend, Objective, ProblemDefinition, Runner } from './backend.js';
import type { LossDefinition } from './loss.js';

/** Loaded on first use; throws ERR_ADDON_MISSING with the cure. */
export const nativeBackend: Backend = {
  name: 'native',
  recomputes: true,
  prepare: (program) => runnerOf(loadNative(), program),
  createObjective: (problem) => createObjective(loadNative(), problem),
  derivatives: (point) => point as NativePoint,
  svd: (rows, cols, A) => loadNative().svd(rows, cols, A),
  centredQr: (samples, X, T, weights, cancelFlag) => {
    const [d, t] = [columnsIn(X, samples), columnsIn(T, samples)];
    return opened(X, (x) => opened(T, (y) => loadNative().centredQr(samples, d, x, t, y, weights, cancelFlag)));
  },
  principalComponents: (samples, X, components, weights, cancelFlag) => {
    const d = columnsIn(X, samples);
    return opened(X, (x) => loadNative().principalComponents(samples, d, x, components, weights, cancelFlag));
  },
};

/** What the addon is given: an array as it is, of a file a descriptor, which it duplicates. */
function opened<A extends Float64Array | Float32Array, R>(
  numbers: A | StoredMatrix,
  work: (given: A | FileRows) => R,
): R {
  return isStored(numbers) ? (numbers as FileMatrix).open(work) : work(numbers);
}

function load(native: Native, program: Program): NativeProgram {
  return new native.Program(encode(program));
}

function loadLoss(native: Native, { curvature, kernel, programs }: LossDefinition, targets: number): NativeLoss {
  if (kernel !== null) return { curvature, kernel };
  const [value, products] = [load(native, programs.value(targets)), load(native, programs.products(targets))];
  return { curvature, kernel, value, products };
}

function createObjective(native: Native, problem: ProblemDefinition): Objective {
  return opened(problem.inputs, (inputs) =>
    opened(problem.targets, (targets) => objectiveOf(native, { ...problem, inputs, targets })),
  );
}

type Opened = Omit<ProblemDefinition, 'inputs' | 'targets'> & Pick<ObjectiveConfig, 'inputs' | 'targets'>;

function objectiveOf(native: Native, { programs, loss, ...rest }: Opened): Objective {
  const { perSample, columnsInFlight } = programs;
  return new native.Objective({
    ...rest,
    loss: loadLoss(native, loss, rest.targetColumns),
    linearize: load(native, programs.linearize),
    jvp: load(native, programs.jvp),
    vjp: load(native, programs.vjp),
    columnsInFlight,
    perSample: perSample && load(native, perSample.program),
    kronecker: perSample?.kronecker ?? null,
    perSampleColumns: perSample?.columns ?? null,
  });
}

function runnerOf(native: Native, program: Program): Runner {
  const loaded = load(native, program);
  return {
    run: (samples, arrays, threads = 1) => loaded.run(samples, arrays.samples, arrays.vectors, threads),
    runSingle: (samples, arrays, threads = 1) => loaded.runSingle(samples, arrays.samples, arrays.vectors, threads),
    predict: (samples, inputs, theta, W, { targetColumns, bias, threads, cancelFlag }) =>
      native.predict(loaded, theta, W, targetColumns, bias, inputs, samples, threads, cancelFlag),
  };
}
