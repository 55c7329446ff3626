/** @file Layers against Meganet.m: values and derivatives with respect to weights and inputs. */
import t from 'tap';
import { identity, relu, smoothRelu, tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import { sequential } from '../../lib/network/sequential.js';
import { circleNetwork } from '../support/circleNetwork.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { checkPoint, close, NetworkPoint, onBackends } from '../support/reference.js';

t.test('a dense layer and an activation', async (t) => {
  const cases = {
    tanh: sequential([dense(5), tanh()]),
    tanh_nobias: sequential([dense(5, { bias: false }), tanh()]),
    relu: dense(5, { activation: 'relu' }),
    smoothrelu: sequential([dense(5), smoothRelu({ eta: 0.1 })]),
    identity: sequential([dense(5), identity()]),
  };
  for (const [name, network] of Object.entries(cases)) {
    await t.test(name, (t) => checkPoint(t, fixture(`singleLayer_${name}`), network));
  }
  await t.test('relu as a layer of its own', (t) =>
    checkPoint(t, fixture('singleLayer_relu'), sequential([dense(5), relu()])),
  );
});

t.test('the antisymmetric kernel', async (t) => {
  const reference = fixture('kernel_densAntiSym');
  const [theta, K, Q] = ['theta', 'K', 'Q'].map((name) => arrayOf(reference, name));
  const layer = antisymmetricDense({ gamma: 1e-4, bias: false, activation: 'identity' });
  const unit = Float64Array.from({ length: 16 }, (_, i) => (i % 5 === 0 ? 1 : 0));
  await onBackends(t, (t, backend) => {
    // With Y = I the output is the kernel itself, and J v its derivative.
    const point = new NetworkPoint(backend, layer, unit, 4, theta);
    close(t, point.forward(), K, 'K', 1e-15);
    for (let k = 0; k < theta.length; k++) {
      const direction = Float64Array.from(theta, (_, i) => (i === k ? 1 : 0));
      close(t, point.jvp(direction), Q.subarray(16 * k, 16 * (k + 1)), `∂K/∂θ${k}`, 0);
    }
  });
});

t.test('a layer of the user’s own: a scalar bias outside the activation', async (t) => {
  await checkPoint(t, fixture('NN_3layers_circle'), circleNetwork());
});
