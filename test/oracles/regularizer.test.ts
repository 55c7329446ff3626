/** @file Tikhonov terms ½ α ‖B (θ − θ_ref)‖² against Meganet.m: value, gradient and second derivative times v. */
import t from 'tap';
import { symmetricEigen } from '../../lib/linalg/eigen.js';
import { matrix } from '../../lib/linalg/matrix.js';
import { dense } from '../../lib/network/dense.js';
import { blockRegularizer } from '../../lib/regularizer/blocks.js';
import type { QuadraticRegularizer } from '../../lib/regularizer/quadratic.js';
import { sumRegularizers } from '../../lib/regularizer/sum.js';
import {
  multiply,
  regularizerGradient,
  regularizerMatrix,
  regularizerValue,
  tikhonov,
} from '../../lib/regularizer/tikhonov.js';
import { timeDerivative } from '../../lib/regularizer/timeDerivative.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { close, onBackends, openWalk } from '../support/reference.js';

const reference = fixture('tikhonovReg');
const array = (name: string) => arrayOf(reference, name);
const { alpha, alphaSecondBlock, steps, h } = reference.meta as Record<string, number>;

const perStep = 30 / steps;

const cases: Record<string, { prefix: string; x: string; regularizer: QuadraticRegularizer }> = {
  'the weights': { prefix: 'eye', x: 'x', regularizer: tikhonov(30, alpha) },
  'differences in time from a reference': {
    prefix: 'timeDer',
    x: 'x',
    regularizer: timeDerivative(perStep, steps, h, alpha, array('xref_timeDer')),
  },
  'a block of each': {
    prefix: 'block',
    x: 'block_x',
    regularizer: blockRegularizer([tikhonov(30, alpha), timeDerivative(perStep, steps, h, alphaSecondBlock)]),
  },
};

for (const [name, { prefix, x, regularizer }] of Object.entries(cases)) {
  t.test(name, async (t) => {
    const theta = array(x);
    const v = array(`${prefix}_v`);
    const [value, gradient, product] = ['S', 'dS', 'd2Sv'].map((what) => array(`${prefix}_${what}`));
    close(t, [regularizerValue(regularizer, theta)], value, 'value', 1e-12);
    close(t, regularizerGradient(regularizer, theta), gradient, 'gradient', 1e-12);
    close(t, multiply(regularizer, v), product, 'product', 1e-12);
    await t.test('inside a walk', async (t) => {
      await onBackends(t, (t, backend) => {
        // With zero targets W = 0, so that nothing but the regulariser is left of the reduced objective.
        const inputs = Float64Array.from({ length: 20 * (theta.length / 5) }, (_, i) => Math.sin(i + 1));
        const walk = openWalk(backend, dense(5, { bias: false }), {
          inputs,
          targets: new Float64Array(40),
          samples: 20,
          alphaW: 1e-3,
          regularizer,
        });
        const { objective, regularizationTheta } = walk.moveTo(theta);
        close(t, [objective, regularizationTheta], [value[0], value[0]], 'value');
        close(t, walk.gradient(), gradient, 'gradient');
        close(t, walk.hessianProduct(v), product, 'product');
        walk.dispose();
      });
    });
  });
}

t.test('the time derivative: products, spectrum and inverse', async (t) => {
  const reference = fixture('opTimeDer');
  const array = (name: string) => arrayOf(reference, name);
  const [x, z, Bx] = [array('x'), array('z'), array('Bx')];
  const { steps, h, alpha, gamma } = reference.meta as Record<string, number>;
  const perStep = x.length / steps;
  const operator = timeDerivative(perStep, steps, h, 1);
  // A = BᵀB: xᵀA x = ‖Bx‖², and A x = Bᵀ(Bx) with the Bᵀ that the reference gives for z.
  close(t, [2 * regularizerValue(operator, x)], [Bx.reduce((sum, b) => sum + b * b, 0)], '‖Bx‖²', 1e-12);
  const transposed = (y: Float64Array) =>
    Float64Array.from({ length: 30 }, (_, i) => ((y[i - perStep] ?? 0) - (y[i] ?? 0)) / h);
  close(t, transposed(z), array('Btz'), 'Bᵀz', 1e-12);
  close(t, multiply(operator, x), transposed(Bx), 'A x', 1e-12);
  const A = regularizerMatrix(timeDerivative(1, steps, h, 1));
  const { values } = symmetricEigen(matrix(steps, steps, A));
  close(
    t,
    [...values].sort((a, b) => a - b),
    array('lam'),
    'eigenvalues',
    1e-12,
  );
  // The pseudo-inverse takes off what is constant in time.
  const constant = x.map(
    (_, i) => x.reduce((sum, value, j) => sum + (j % perStep === i % perStep ? value : 0), 0) / steps,
  );
  close(
    t,
    multiply(operator, array('PCx_default')),
    x.map((value, i) => value - constant[i]),
    'A A⁺ x',
    1e-12,
  );
  const sum = sumRegularizers([timeDerivative(perStep, steps, h, alpha), tikhonov(30, gamma)]);
  close(t, multiply(sum, array('PCx_a0p7_g1p3')), x, '(α A + γ I)(α A + γ I)⁻¹ x', 1e-12);
});
