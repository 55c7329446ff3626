/** @file Tikhonov terms ½ α ‖B (θ − θ_ref)‖² against Meganet.m: value, gradient and second derivative times v. */
import t from 'tap';
import type { QuadraticRegularizer } from '../../lib/backend/backend.js';
import { dense } from '../../lib/network/dense.js';
import { multiply, regularizerGradient, regularizerValue, tikhonov } from '../../lib/regularizer/tikhonov.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { close, moveTo, onBackends, openSession, quadratic } from '../support/reference.js';

const reference = fixture('tikhonovReg');
const array = (name: string) => arrayOf(reference, name);
const { alpha, alphaSecondBlock, steps, h } = reference.meta as Record<string, number>;

/** α BᵀB for differences in time, (θ_{k+1} − θ_k)/h, of 30 weights in `steps` groups; placed at `offset` of n × n. */
function timeDifferences(factor: number, A = new Float64Array(900), n = 30, offset = 0): Float64Array {
  const group = 30 / steps;
  for (let i = 0; i + group < 30; i++) {
    for (const [row, col, sign] of [
      [i, i, 1],
      [i + group, i + group, 1],
      [i, i + group, -1],
      [i + group, i, -1],
    ]) {
      A[(offset + row) * n + offset + col] += (sign * factor) / h ** 2;
    }
  }
  return A;
}

function bothBlocks(): Float64Array {
  const A = new Float64Array(3600);
  for (let i = 0; i < 30; i++) A[i * 61] = alpha;
  return timeDifferences(alphaSecondBlock, A, 60, 30);
}

const cases: Record<string, { prefix: string; x: string; regularizer: QuadraticRegularizer }> = {
  'the weights': { prefix: 'eye', x: 'x', regularizer: tikhonov(30, alpha) },
  'differences in time from a reference': {
    prefix: 'timeDer',
    x: 'x',
    regularizer: quadratic(timeDifferences(alpha), 30, array('xref_timeDer')),
  },
  'a block of each': { prefix: 'block', x: 'block_x', regularizer: quadratic(bothBlocks(), 60, null) },
};

for (const [name, { prefix, x, regularizer }] of Object.entries(cases)) {
  t.test(name, async (t) => {
    const theta = array(x);
    const v = array(`${prefix}_v`);
    const [value, gradient, product] = ['S', 'dS', 'd2Sv'].map((what) => array(`${prefix}_${what}`));
    close(t, [regularizerValue(regularizer, theta)], value, 'value');
    close(t, regularizerGradient(regularizer, theta), gradient, 'gradient');
    close(t, multiply(regularizer, v), product, 'product');
    await t.test('inside a session', async (t) => {
      await onBackends(t, (t, backend) => {
        // With zero targets W = 0, so that nothing but the regulariser is left of the reduced objective.
        const inputs = Float64Array.from({ length: 20 * (theta.length / 5) }, (_, i) => Math.sin(i + 1));
        const session = openSession(backend, dense(5, { bias: false }), {
          inputs,
          targets: new Float64Array(40),
          samples: 20,
          alphaW: 1e-3,
          regularizer,
        });
        const { objective, regularizationTheta } = moveTo(session, theta);
        close(t, [objective, regularizationTheta], [value[0], value[0]], 'value');
        close(t, session.gradient().sync(), gradient, 'gradient');
        close(t, session.hessianProduct(v).sync(), product, 'product');
        session.dispose();
      });
    });
  });
}
