/** @file What a training will allocate, told before it starts. */
import { availableMemory } from '../../availableMemory.js';
import type { DerivativesKind } from '../../backend/backend.js';
import { isClosed, largestInnerHessian } from '../../backend/loss.js';
import { isStored } from '../../data/stored.js';
import { GnvproError } from '../../errors.js';
import { isAssembled } from '../../evidence/matrix.js';
import { splitFront } from '../../network/front.js';
import { Network } from '../../network/network.js';
import { denseNumbers, type Sizes } from '../../optimizers/assembly.js';
import { objectiveOf, type SingleDescription } from '../../optimizers/optimizer.js';
import type { Task } from '../../options/options.js';
import { mostFixedEntries, mostSlotColumns } from '../../program/limits.js';
import { flops, type Program } from '../../program/program.js';
import { schedule } from '../../program/schedule.js';
import { size } from '../../program/shape.js';
import { type Problem, targetColumns } from '../problem/problem.js';

/**
 * Constants of native/elimination: H_W is summed up from so many rows and doubles at a time, and is factorised whole up to
 * the largest order.
 */
export const ofInnerHessian = { rows: 2048, doubles: 2 ** 24, largestOrder: largestInnerHessian };

/** Constants of native/samples and native/linalg: a tile has so many doubles or rows, and a leaf of the QR so many rows. */
export const ofTile = { doubles: 48 * 1024, rows: 64, leafRows: 512 };

/** Numbers for each unknown: points and steps, gradients, the pairs of a preconditioner, a regulariser. */
const perUnknown = 50;

/**
 * Refuses, before its programs and weights are made, a network that no method can train in the memory there is, one whose
 * programs keep more of a sample than they may, and one whose front has more features than there is memory for.
 */
export function checkNetwork({ network, training, validation, memoryLimit }: NetworkOnData): void {
  checkMemory(
    8 * perUnknown * network.weights,
    `${network.weights} weights with ${perUnknown} numbers of 8 bytes for each`,
  );
  const split = splitFront(network.description, network.inputs);
  if (split === null) {
    checkPrograms(network);
    return;
  }
  const front = new Network(split.front, network.inputs);
  checkProgram(front.trace());
  checkPrograms(new Network(split.rest, front.features));
  const samples = training.inputs.shape[0] + (validation?.inputs.shape[0] ?? 0);
  const perSample = 8 * front.features;
  checkPlan({ bytes: samples * perSample, derivatives: 'stored', perSample, samples }, { memoryLimit });
}

type NetworkOnData = Pick<Task, 'network' | 'training' | 'validation' | 'memoryLimit'>;

function checkPrograms({ programs: { linearize, jvp, vjp } }: Network): void {
  for (const program of [linearize, jvp, vjp]) checkProgram(program);
}

function checkProgram(program: Program): void {
  refuseAbove(mostSlotColumns, slotColumns(program), 'numbers of a sample at a time');
  refuseAbove(mostFixedEntries, fixedEntries(program), 'weights and images of weights');
}

function refuseAbove(most: number, kept: number, what: string): void {
  if (kept <= most) return;
  const message = `Expected a network that keeps at most ${most} ${what} but this one keeps ${kept}.`;
  throw new GnvproError('ERR_MEMORY', `${message} Use narrower layers, or fewer of them.`);
}

function slotColumns(program: Program): number {
  return total(schedule(program).slotColumns);
}

/** Of all values that are the same for each sample. */
function fixedEntries({ instructions }: Program): number {
  return total(instructions.map(({ shape }) => (shape.kind === 'fixed' ? size(shape) : 0)));
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);

/** How an objective keeps its derivatives, and what it so takes. */
export interface MemoryPlan {
  readonly derivatives: DerivativesKind;
  readonly bytes: number;
  /** What of them each sample takes, and how many samples there are. */
  readonly perSample: number;
  readonly samples: number;
  /** Operations of a product with the derivative and with its transpose, in those with stored ones. */
  readonly costOfProducts: number;
}

/** What an objective is asked for. Without a method: for one point of the reduced objective alone. */
interface Work {
  /** Default: all of the problem. */
  readonly samples?: number;
  readonly method?: SingleDescription;
  readonly solver?: 'krylov' | 'dense' | null;
  /** Numbers that are taken beside it. */
  readonly beside?: number;
}

/**
 * Derivatives are stored where `memoryLimit` permits, else computed again in each product: what is chosen follows from
 * sizes and the limit alone, and the bits of a training from neither.
 */
export function planMemory(problem: Problem, network: Network, work: Work = {}): MemoryPlan {
  const { samples = problem.data.samples } = work;
  const plan = (derivatives: DerivativesKind) => {
    const { perSample, others } = numbersOf(problem, network, { ...work, samples }, derivatives);
    const bytes = Math.ceil(8 * (samples * perSample + others + (work.beside ?? 0)));
    return { derivatives, bytes, perSample: 8 * perSample, samples };
  };
  const stored = plan('stored');
  if (stored.bytes <= problem.memoryLimit.bytes || !problem.backend.recomputes) return { ...stored, costOfProducts: 1 };
  return { ...plan('recomputed'), costOfProducts: costOfRecomputing(problem, network, work.method) };
}

export function largest(plans: readonly MemoryPlan[]): MemoryPlan {
  return plans.reduce((most, plan) => (plan.bytes > most.bytes ? plan : most));
}

/** The product of least squares needs the derivative along its direction in both of its passes. */
function costOfRecomputing(problem: Problem, network: Network, method?: SingleDescription): number {
  const [linearize, jvp, vjp] = (['linearize', 'jvp', 'vjp'] as const).map((name) => flops(network.programs[name], 1));
  return (2 * linearize + (isLinear(problem, method) ? 2 : 1) * jvp + vjp) / (jvp + vjp);
}

/** Whether W has a formula. */
function isLinear({ loss }: Problem, method?: SingleDescription): boolean {
  return isClosed(loss) && (method === undefined || objectiveOf(method) === 'reduced');
}

/** Of one objective, estimated from its arrays: data, points with their residuals, sums, dense matrix. */
function numbersOf(
  problem: Problem,
  network: Network,
  { method, solver, samples }: Work & { readonly samples: number },
  derivatives: DerivativesKind,
): { perSample: number; others: number } {
  const { weights, features, inputs } = network;
  const targets = targetColumns(problem);
  const isJoint = method !== undefined && objectiveOf(method) === 'joint';
  const isConvex = !isClosed(problem.loss);
  // Points that live at a time: two in a trust region, three in a line search.
  const points = method?.type === 'lbfgs' ? 3 : 2;
  const single = problem.data.inputs instanceof Float32Array;
  // The network's own arrays are of floats where its inputs are.
  const share = single ? 0.5 : 1;
  const stores = derivatives === 'stored';
  const residuals = total(network.programs.linearize.sampleOutputs.slice(1).map(({ cols }) => cols));
  const keepsRows = stores || !isLinear(problem, method);
  const ofPoint = (stores ? share * residuals : 0) + (keepsRows ? features + targets : 0);
  const ofHat = stores && isLinear(problem, method) ? share * features : 0;
  const byRow = isConvex || isJoint ? 9 * targets : 0;
  const { data } = problem;
  const ofInputs = isStored(data.inputs) ? 0 : (single ? 1.5 : 1) * inputs;
  const ofTargets = isStored(data.targets) ? 0 : targets;
  const perSample = ofInputs + ofTargets + points * ofPoint + ofHat + byRow;
  const inner = isConvex && !isJoint ? innerHessians(features + 1, targets, samples) : 0;
  const unknowns = weights + (isJoint ? targets * (features + 1) : 0);
  const jacobian = method?.type === 'gnvpro' ? method.jacobian : 'kaufman';
  const ofStep = solver === 'dense' ? assembly(network, isConvex, { samples, targets, bias: true, jacobian }) : 0;
  return { perSample, others: perUnknown * unknowns + inner + ofStep + ofTiles(network, targets, samples) };
}

/** What four threads work with, a tile for each program, and the triangles of the QR on their way up its tree. */
function ofTiles({ features, programs }: Network, targets: number, samples: number): number {
  const m = features + 1;
  const { columnsInFlight } = programs;
  const tile = Math.min(samples * columnsInFlight, Math.max(ofTile.doubles, ofTile.rows * columnsInFlight));
  const leaf = Math.min(samples, Math.max(ofTile.leafRows, 3 * m)) * m;
  return 4 * (3 * tile + leaf) + Math.min(samples / ofTile.leafRows, 64) * m * (m + targets);
}

/** H, its derivative by α_W, and two steps to its inverse; or vectors in place of them. */
export function laplaceNumbers(network: Network, loss: Problem['loss']): number {
  const { weights } = network;
  return weights * (isAssembled(loss, network) ? 4 * weights : perUnknown);
}

/** H, its root, their product, and the changes of W along the columns of the root, twice as they are handed over. */
export function posteriorNumbers({ weights, features }: Network, problem: Problem): number {
  const targets = targetColumns(problem);
  const { samples } = problem.data;
  return 4 * weights * weights + 2 * weights * targets * (features + 1) + 2 * samples * targets;
}

/** The root of H_W⁻¹, a copy of it as columns, and twice as it is handed over. */
export function rootNumbers({ features }: Network, problem: Problem): number {
  const [m, targets] = [features + Number(problem.bias), targetColumns(problem)];
  const { curvature } = problem.loss;
  const roots = curvature === 'identity' ? 1 : curvature === 'diagonal' ? targets : targets * targets;
  return 4 * roots * m * m;
}

/** Two, each with its blocks, its factor, and the sums that it is made of; of single outputs where it would be large. */
function innerHessians(m: number, targets: number, samples: number): number {
  const order = m * targets;
  if (order > ofInnerHessian.largestOrder) return 2 * 3 * order * m;
  const entries = Math.min(0.5 * targets * targets * Math.min(samples, ofInnerHessian.rows), ofInnerHessian.doubles);
  return 2 * (2.5 * order * order + entries);
}

function assembly(network: Network, isConvex: boolean, sizes: Sizes): number {
  const { weights, programs } = network;
  if (programs.perSample === null) return 0;
  return isConvex ? 3 * weights * weights : denseNumbers(network, programs.perSample, sizes);
}

/** Throws ERR_MEMORY for what neither fits within a limit that was given nor is free. */
export function checkPlan(
  { bytes, derivatives, perSample, samples }: Omit<MemoryPlan, 'costOfProducts'>,
  { memoryLimit }: Pick<Problem, 'memoryLimit'>,
): void {
  const what = `${samples} samples of ${perSample} bytes and what does not grow with them`;
  if (memoryLimit.isGiven && bytes > memoryLimit.bytes) {
    const again = derivatives === 'recomputed' ? ', although derivatives would be computed again in each product,' : '';
    throw new GnvproError(
      'ERR_MEMORY',
      `This training needs about ${inUnits(bytes)} (${what})${again} but memoryLimit is ${inUnits(memoryLimit.bytes)}. ` +
        'Give it more, or use fewer samples or a smaller network.',
    );
  }
  checkMemory(bytes, what);
}

/** `what`: where the bytes come from. */
function checkMemory(bytes: number, what: string): void {
  const available = availableMemory();
  if (bytes <= available) return;
  throw new GnvproError(
    'ERR_MEMORY',
    `This training needs about ${inUnits(bytes)} (${what}) but only ${inUnits(available)} are available. ` +
      "Use fewer samples, a smaller network, or linearSolver: 'krylov'.",
  );
}

const inUnits = (bytes: number) =>
  bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
