/** @file A small problem with every kind of term, for sessions of each backend. */

import t, { type Test } from 'tap';
import type { Backend, ProblemDefinition, Session, StepOptions } from '../../lib/backend/backend.js';
import { noCancel } from '../../lib/job/cancel.js';
import { leastSquares } from '../../lib/loss/leastSquares.js';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';
import { normals } from '../support/numbers.js';
import { onBackends, openSession, quadratic, type SessionOptions } from '../support/reference.js';

export const N = 25;
export const d = 3;
export const targetColumns = 2;
export const network = sequential([dense(4), tanh(), residual(antisymmetricDense(), { steps: 1 })]);
export const P = new Network(network, d).weights;
export const random = new Random(21);
export const inputs = normals(random, N * d);
export const targets = normals(random, N * targetColumns);
export const theta = new Network(network, d).initialWeights(7);

/** A sparse symmetric A with couplings, and a reference. */
export function coupled() {
  const A = new Float64Array(P * P);
  for (let i = 0; i < P; i++) A[i * P + i] = 0.02;
  for (let i = 0; i + 5 < P; i++) A[i * P + i + 5] = A[(i + 5) * P + i] = -0.005;
  return quadratic(A, P, normals(new Random(3), P));
}

export const problem: ProblemDefinition = {
  programs: new Network(network, d).programs,
  weights: P,
  inputs,
  targets,
  samples: N,
  targetColumns,
  loss: leastSquares,
  sampleWeights: null,
  innerTolerance: 1e-12,
  bias: true,
  alphaW: 1e-3,
  regularizer: coupled(),
  jacobian: 'golub-pereyra',
  pairs: 0,
  threads: 1,
  cancelFlag: noCancel(),
};

/** The whole space without a radius. */
export const krylov: StepOptions = {
  solver: 'krylov',
  maxVectors: P,
  tolerance: 1e-12,
  radius: null,
  usePairs: false,
  rankTolerance: 0,
};

/** Opens a session of the problem, changed where the options say so. */
export type Open = (options?: Partial<SessionOptions>, description?: LayerDescription) => Session;

/** A test that each backend must pass. */
export function onEach(name: string, body: (t: Test, open: Open, backend: Backend) => Promise<void>): void {
  t.test(name, (t) =>
    onBackends(t, (t, backend) => {
      const base = { inputs, targets, samples: N, alphaW: 1e-3, regularizer: coupled() };
      const open: Open = (options, description = network) => openSession(backend, description, { ...base, ...options });
      return body(t, open, backend);
    }),
  );
}
