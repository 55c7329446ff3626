/** @file Softmax and logistic loss against Meganet.m: values, gradients and Hessians along features and weights. */

import t from 'tap';
import { convexLoss } from '../../lib/backend/js/convexLoss.js';
import type { LossDefinition } from '../../lib/backend/loss.js';
import { product } from '../../lib/linalg/matmul.js';
import { leadingColumns, type Matrix, matrix, scaled, withOnes } from '../../lib/linalg/matrix.js';
import { crossEntropy } from '../../lib/loss/crossEntropy.js';
import { logistic } from '../../lib/loss/logistic.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { close, transposed } from '../support/reference.js';

const cases: Record<string, { loss: LossDefinition; bias: boolean }> = {
  softmaxLoss_bias0_theta0: { loss: crossEntropy, bias: false },
  softmaxLoss_bias1_theta0: { loss: crossEntropy, bias: true },
  logRegressionLoss: { loss: logistic, bias: true },
};

for (const [name, { loss, bias }] of Object.entries(cases)) {
  t.test(name, async (t) => {
    const reference = fixture(name);
    const array = (part: string) => arrayOf(reference, part);
    const [N, classes] = reference.arrays.C.shape;
    const features = reference.arrays.Y.shape[1];
    const Y = matrix(N, features, array('Y'));
    const Zt = bias ? withOnes(Y) : Y;
    const m = Zt.cols;
    const weights = (vector: Float64Array): Matrix => matrix(classes, m, transposed(vector, m));
    const W = weights(array('W'));
    const Wz = leadingColumns(W, features);
    const flat = ({ data }: Matrix) => transposed(data, classes);

    const S = product(Zt, W, { tb: true });
    const { mean, gradient, curvature } = convexLoss(loss, matrix(N, classes, array('C')), null).at(S);
    close(t, [mean], array('F'), 'F');
    const G = scaled(gradient, 1 / N);
    close(t, G.data, array('dWYF'), '∂F/∂S');
    close(t, flat(product(G, Zt, { ta: true })), array('dWF'), '∂F/∂W');
    close(t, product(G, Wz).data, array('dYF'), '∂F/∂Y');
    const curved = (V: Matrix) => scaled(curvature.times(V), 1 / N);
    close(t, curved(matrix(N, classes, array('vS'))).data, array('d2WYF_vS'), 'Hessian along S');
    const alongW = product(Zt, weights(array('vW')), { tb: true });
    close(t, flat(product(curved(alongW), Zt, { ta: true })), array('d2WF_vW'), 'Hessian along W');
    // The reference's Hessian of the logistic loss along Y is divided by N twice.
    if (loss !== crossEntropy) return;
    const alongY = product(matrix(N, features, array('vY')), Wz, { tb: true });
    close(t, product(curved(alongY), Wz).data, array('d2YF_vY'), 'Hessian along Y');
  });
}
