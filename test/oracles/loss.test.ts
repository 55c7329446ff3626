/** @file The least-squares loss at a given W against Meganet.m. */
import t from 'tap';
import { noCancel } from '../../lib/job/cancel.js';
import { identity } from '../../lib/network/activation.js';
import { Network } from '../../lib/network/network.js';
import { tikhonov } from '../../lib/regularizer/tikhonov.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { linearFeatures, linearInputs } from '../support/linearFeatures.js';
import { close, onBackends, openWalk, transposed } from '../support/reference.js';

const reference = fixture('regressionLoss_Gamma1');
const [Y, C, Wt, F, dYF, dWF, vW, d2WF] = ['Y', 'C', 'W', 'F', 'dYF', 'dWF', 'vW', 'd2WF_vW'].map((name) =>
  arrayOf(reference, name),
);
const [N, w, targets] = [9, 4, 3]; // Wt is Wᵀ, (w + 1) × targets

const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i], 0);

t.test('predictions with this W give the loss and its gradient on the features', async (t) => {
  const W = transposed(Wt, w + 1);
  await onBackends(t, (t, backend) => {
    const options = { targetColumns: targets, bias: true, threads: 1, cancelFlag: noCancel() };
    const runner = backend.prepare(new Network(identity(), w).programs.forward);
    const S = runner.predict(N, Y, new Float64Array(0), W, options).sync();
    const R = S.map((value, i) => value - C[i]);
    close(t, [dot(R, R) / (2 * N)], F, 'F');
    const onFeatures = Float64Array.from({ length: N * w }, (_, entry) => {
      const [n, i] = [Math.floor(entry / w), entry % w];
      return dot(R.subarray(n * targets, (n + 1) * targets), Wt.subarray(i * targets, (i + 1) * targets)) / N;
    });
    close(t, onFeatures, dYF, '∂F/∂Z');
  });
});

t.test('the minimum over W agrees with the loss at this W', async (t) => {
  await onBackends(t, (t, backend) => {
    const walk = openWalk(backend, linearFeatures(w, 1), {
      inputs: linearInputs(Y, new Float64Array(N * w), N),
      targets: C,
      samples: N,
      alphaW: 0,
      regularizer: tikhonov(1, 0),
    });
    const { loss } = walk.moveTo(new Float64Array(1));
    // F is quadratic in W: F(W) = F(W*) + ½ ⟨∇F(W), W − W*⟩ and ⟨∇F(W), V⟩ = ⟨∇²F V, W − W*⟩.
    const best = transposed(walk.W(), targets);
    const distance = Wt.map((value, i) => value - best[i]);
    close(t, [loss + 0.5 * dot(dWF, distance)], F, 'F');
    close(t, [dot(d2WF, distance)], [dot(dWF, vW)], '∇F along V');
    walk.dispose();
  });
});
