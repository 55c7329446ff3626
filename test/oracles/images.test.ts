/** @file Layers of images against Meganet.m, whose images have their first direction fastest: here the columns of a row. */
import t from 'tap';
import { relu, tanh } from '../../lib/network/activation.js';
import { affineScaling } from '../../lib/network/affineScaling.js';
import { conv2d } from '../../lib/network/conv2d.js';
import { defineLayer } from '../../lib/network/defineLayer.js';
import { doubleSymmetricConv2d } from '../../lib/network/doubleSymmetricConv2d.js';
import { image } from '../../lib/network/image.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { normalization } from '../../lib/network/normalization.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { fixture, oracle } from '../support/fixtures.js';
import { checkPoint } from '../support/reference.js';

const images = (channels: number, ...layers: LayerDescription[]) =>
  sequential([image({ height: 8, width: 6, channels, order: 'chw' }), ...layers]);

const ofImage = { channels: 'image' } as const;
const byChannel = affineScaling({ ...ofImage, by: 'channel' });
const periodic = { boundary: 'periodic', bias: false } as const;

t.test('a periodic convolution', (t) =>
  checkPoint(t, fixture('singleLayer_convFFT_relu'), images(2, conv2d(4, periodic), relu()), 3),
);

t.test('a normalised convolution with a bias behind', async (t) => {
  const channelBias = defineLayer({
    name: 'channel bias of the tests of oracles',
    parameters: () => ({ b: { shape: [1, 4] } }),
    apply: (b, x, { b: row }) => b.addChannels(x, row),
  });
  const network = images(2, conv2d(4, periodic), normalization(ofImage), channelBias(), tanh());
  await checkPoint(t, fixture('singleLayer_convFFT_instNorm_Bin'), network, 3);
});

const overChannels = normalization({ ...ofImage, by: 'pixel', method: 'length' });

t.test('a residual network of double symmetric convolutions', async (t) => {
  const layer = doubleSymmetricConv2d(3, { ...periodic, normalization: sequential([overChannels, byChannel]) });
  const flow = residual(layer, { integrator: 'euler', time: 1.2, steps: 3 });
  await checkPoint(t, fixture('ResNN_conv'), images(3, flow), 2, { ofJYw: 1e-8 });
});

t.test('normalisation over channels', async (t) => {
  const network = (...layers: LayerDescription[]) =>
    sequential([image({ height: 4, width: 3, channels: 5, order: 'chw' }), overChannels, ...layers]);
  const cases = { tvNormLayer_w0: network(), tvNormLayer_w1: network(byChannel) };
  for (const [name, layer] of Object.entries(cases)) {
    const reference = oracle(name);
    const skip = reference === undefined && 'GNVPRO_ORACLE_DIR is not set';
    await t.test(name, { skip }, (t) => checkPoint(t, reference as NonNullable<typeof reference>, layer, 6));
  }
});
