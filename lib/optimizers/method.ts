/** @file From the description of an optimizer to the method that runs on an objective. */
import type { Backend, Jacobian, Objective, ObjectiveKind } from '../backend/backend.js';
import { isClosed, type LossDefinition } from '../backend/loss.js';
import type { Matrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import type { Network } from '../network/network.js';
import { Random } from '../random.js';
import { Batches, type OpenObjective, type SessionData } from './batches.js';
import { Lbfgs } from './lbfgs.js';
import { MiniBatch } from './miniBatch.js';
import { prefersDense } from './operations.js';
import type {
  AdamDescription,
  GnvproDescription,
  Method,
  SgdDescription,
  SingleDescription,
  SlimTrainDescription,
} from './optimizer.js';
import { SlimTrain } from './slimTrain.js';
import { TrustRegion } from './trustRegion.js';
import { AdamRule, MomentumRule } from './updateRules.js';

type LossShape = Pick<LossDefinition, 'curvature'>;

/** The solver of a step, or null for methods without one. Throws ERR_OPTION where a dense step is impossible. */
export function solverFor(
  optimizer: SingleDescription,
  network: Network,
  loss: LossShape,
  last: LastLayer,
): 'krylov' | 'dense' | null {
  if (optimizer.type === 'gaussNewton') return 'krylov';
  if (optimizer.type !== 'gnvpro') return null;
  const { linearSolver } = optimizer;
  const solver = linearSolver === 'auto' ? automaticSolver(optimizer, network, loss, last) : linearSolver;
  if (solver === 'dense' && network.weights > 0 && network.programs.perSample === null) {
    throw new GnvproError(
      'ERR_OPTION',
      "Expected linearSolver 'krylov' or 'auto' for this network: a layer multiplies weights with each other, so its Gauss–Newton matrix cannot be assembled by sample.",
    );
  }
  return solver;
}

/** The matrix of a convex loss is made by products, two passes of the network a weight: always more than a Krylov step. */
function automaticSolver(
  { jacobian, krylov }: GnvproDescription,
  network: Network,
  loss: LossShape,
  { bias, training }: LastLayer,
): 'krylov' | 'dense' {
  if (!isClosed(loss)) return 'krylov';
  const [samples, targets] = training.targets.shape;
  return prefersDense(network, { samples, targets, bias, jacobian }, krylov.maxVectors) ? 'dense' : 'krylov';
}

export interface LastLayer {
  readonly bias: boolean;
  readonly training: { readonly targets: Matrix };
}

/** What the objective has to provide for the method. */
export interface Needs {
  readonly objective: ObjectiveKind;
  readonly jacobian: Jacobian;
}

export function methodNeeds(optimizer: SingleDescription): Needs {
  switch (optimizer.type) {
    case 'gnvpro':
      return { objective: 'reduced', jacobian: optimizer.jacobian };
    case 'lbfgs':
      return { objective: optimizer.objective, jacobian: 'kaufman' };
    default:
      return { objective: 'joint', jacobian: 'kaufman' };
  }
}

/** What a method works with. */
export interface Workplace {
  readonly backend: Backend;
  /** On all samples. */
  readonly objective: Objective;
  readonly data: SessionData;
  /** Another objective of the same kind. */
  readonly open: OpenObjective;
  readonly solver: 'krylov' | 'dense' | null;
  /** P */
  readonly weights: number;
  readonly unknowns: number;
  readonly alphaW: number;
  readonly seed: number;
}

export function makeMethod(optimizer: SingleDescription, workplace: Workplace): Method {
  const { objective, solver } = workplace;
  switch (optimizer.type) {
    case 'gnvpro':
      return new TrustRegion(objective, optimizer, solver ?? 'krylov');
    case 'gaussNewton':
      return new TrustRegion(objective, optimizer, 'krylov');
    case 'lbfgs':
      return new Lbfgs(objective, optimizer);
    case 'slimTrain':
      return slimTrainOn(optimizer, workplace);
    default:
      return miniBatchOn(optimizer, workplace);
  }
}

function miniBatchOn(optimizer: SgdDescription | AdamDescription, workplace: Workplace): Method {
  const { objective, data, open, unknowns, seed } = workplace;
  const batches = new Batches(data, optimizer.batchSize, open);
  const rule = optimizer.type === 'sgd' ? new MomentumRule(optimizer, unknowns) : new AdamRule(optimizer, unknowns);
  return new MiniBatch(optimizer, { objective, batches, rule, random: new Random(seed) });
}

function slimTrainOn(optimizer: SlimTrainDescription, workplace: Workplace): Method {
  const { data, open, weights, seed } = workplace;
  const batches = new Batches(data, optimizer.batchSize, open);
  const rule = new AdamRule(optimizer, weights);
  return new SlimTrain(optimizer, { ...workplace, batches, rule, random: new Random(seed) });
}
