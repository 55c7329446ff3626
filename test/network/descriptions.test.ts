/** @file Descriptions of layers: plain JSON, defaults, and full sentences for what cannot be a layer. */
import t from 'tap';
import { activations, identity, smoothRelu, tanh } from '../../lib/network/activation.js';
import { affineScaling } from '../../lib/network/affineScaling.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { connector } from '../../lib/network/connector.js';
import { conv2d } from '../../lib/network/conv2d.js';
import { dense } from '../../lib/network/dense.js';
import { doubleDense } from '../../lib/network/doubleDense.js';
import { doubleHamiltonian } from '../../lib/network/doubleHamiltonian.js';
import { doubleSymmetricDense } from '../../lib/network/doubleSymmetricDense.js';
import { hamiltonian } from '../../lib/network/hamiltonian.js';
import { flatten, image } from '../../lib/network/image.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { normalization } from '../../lib/network/normalization.js';
import { averagePool, maxPool } from '../../lib/network/pooling.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { print } from '../../lib/program/print.js';

t.test('descriptions say everything', async (t) => {
  t.same(dense(3), {
    type: 'dense',
    units: 3,
    bias: true,
    outputBias: false,
    activation: 'identity',
    initializer: 'he',
  });
  t.same(doubleDense(4, 3, { bias: [[1, 2, 3, 4]] }), {
    type: 'doubleDense',
    hidden: 4,
    units: 3,
    bias: [[1, 2, 3, 4]],
    secondBias: true,
    outputBias: false,
    activation: 'tanh',
    secondActivation: 'tanh',
    initializer: 'he',
  });
  t.same(doubleSymmetricDense(3), {
    type: 'doubleSymmetricDense',
    units: 3,
    bias: true,
    outputBias: false,
    activation: 'tanh',
    normalization: { type: 'identity' },
    initializer: 'he',
  });
  t.same(normalization(), {
    type: 'normalization',
    channels: 1,
    by: 'channel',
    method: 'standardize',
    epsilon: 1e-4,
  });
  t.same(affineScaling({ channels: 2 }), { type: 'affineScaling', channels: 2, by: 'pixel' });
  t.same(connector({ units: 2 }), { type: 'connector', units: 2 });
  t.same(antisymmetricDense(), {
    type: 'antisymmetricDense',
    gamma: 1e-4,
    bias: true,
    activation: 'tanh',
    initializer: 'he',
  });
  t.same(smoothRelu(), { type: 'smoothRelu', eta: 0.1 });
  t.same(residual(tanh(), { time: 2, steps: 2 }), {
    type: 'residual',
    layer: { type: 'tanh' },
    integrator: 'rk4',
    stateTimes: [0, 1, 2],
    nodeTimes: [0, 1, 2],
    refine: 'nodesAndSteps',
  });
  const grids = { stateTimes: [0, 1], nodeTimes: [0], refine: 'nodesAndSteps' };
  t.same(residual(tanh(), { integrator: 'leapfrog' }), {
    type: 'residual',
    layer: { type: 'tanh' },
    integrator: 'leapfrog',
    ...grids,
  });
  t.same(hamiltonian({ basis: [[1, 2]] }), {
    type: 'hamiltonian',
    bias: true,
    activation: 'tanh',
    initializer: 'he',
    ...grids,
    basis: [[1, 2]],
  });
  t.same(doubleHamiltonian(tanh(), identity()), {
    type: 'doubleHamiltonian',
    first: { type: 'tanh' },
    second: { type: 'identity' },
    ...grids,
  });
});

t.test('a description written by hand gets the same defaults', async (t) => {
  const same = (written: LayerDescription, made: LayerDescription) => {
    t.equal(print(new Network(written, 3).trace()), print(new Network(made, 3).trace()), JSON.stringify(written));
  };
  same({ type: 'dense', units: 4 }, dense(4));
  same({ type: 'antisymmetricDense' }, antisymmetricDense());
  same({ type: 'smoothRelu' }, smoothRelu());
  same({ type: 'doubleDense', hidden: 4, units: 2 }, doubleDense(4, 2));
  same({ type: 'doubleSymmetricDense', units: 4 }, doubleSymmetricDense(4));
  same({ type: 'hamiltonian', steps: 2 }, hamiltonian({ steps: 2 }));
  same({ type: 'normalization' }, normalization());
  same({ type: 'affineScaling' }, affineScaling());
  const layer = { type: 'dense', units: 3, activation: 'tanh' };
  same(
    { type: 'residual', layer, time: 2, steps: 3, nodes: 2 },
    residual(dense(3, { activation: 'tanh' }), { time: 2, steps: 3, nodes: 2 }),
  );
});

t.test('and the same checks', async (t) => {
  const wrong = (written: unknown, code: string, message: RegExp) => {
    t.throws(() => new Network(written as LayerDescription, 3), { code, message }, JSON.stringify(written));
  };
  wrong({ type: 'dense' }, 'ERR_OPTION', /Expected an integer of at least 1 for units but received undefined/);
  wrong(
    { type: 'dense', units: 2, activaton: 'tanh' },
    'ERR_OPTION',
    /"activaton" of dense.*Did you mean "activation"/,
  );
  wrong({ type: 'dense', units: 2, activation: 'tahn' }, 'ERR_OPTION', /Did you mean "tanh"/);
  wrong({ type: 'tanh', eta: 1 }, 'ERR_OPTION', /Unknown option "eta" of tanh/);
  wrong({ type: 'smoothRelu', eta: 0 }, 'ERR_OPTION', /greater than 0 for eta but received 0/);
  wrong({ type: 'inverseSqrt' }, 'ERR_LAYER', /Known types/);
  wrong({ type: 'hamiltonian', time: -1 }, 'ERR_OPTION', /for time but received -1/);
  wrong({ type: 'doubleHamiltonian', first: tanh() }, 'ERR_LAYER', /a layer for second/);
  wrong({ type: 'connector' }, 'ERR_OPTION', /either units or K/);
  wrong({ type: 'sequential' }, 'ERR_LAYER', /non-empty array of layers for sequential/);
  wrong({ type: 'concat', layers: [tanh(), null] }, 'ERR_LAYER', /a layer for concat, entry 1 but received null/);
  wrong({ type: 'residual', layer: tanh(), steps: 0 }, 'ERR_OPTION', /for steps/);
  wrong({ type: 'convolution' }, 'ERR_LAYER', /received type "convolution"\. Known types: .*dense/);
  wrong(null, 'ERR_LAYER', /received null/);
  wrong([dense(2)], 'ERR_LAYER', /an array: use sequential/);
});

t.test('misuse of the functions', async (t) => {
  const wrong = (body: () => unknown, code: string, message: RegExp) => {
    t.throws(body, { code, message });
  };
  wrong(() => dense(2.5), 'ERR_OPTION', /an integer of at least 1 for units but received 2\.5/);
  wrong(
    () => dense(2, { bias: 1 as never }),
    'ERR_OPTION',
    /true, false or rows of finite numbers for bias but received 1/,
  );
  wrong(() => dense(2, { outputBias: [[1, Number.NaN]] }), 'ERR_OPTION', /finite numbers for outputBias/);
  wrong(() => dense(2, { bias: [[1, 2], [3]] }), 'ERR_OPTION', /rows of finite numbers for bias/);
  wrong(
    () => new Network(dense(2, { bias: [[1, 2, 3]] }), 3),
    'ERR_SHAPE',
    /rows of 2 numbers for bias b .*received 3/,
  );
  wrong(() => doubleDense(0, 2), 'ERR_OPTION', /for hidden but received 0/);
  wrong(() => doubleDense(2, 2, { secondBias: 'no' as never }), 'ERR_OPTION', /for secondBias but received "no"/);
  wrong(() => doubleDense(2, 2, { secondActivation: 'inverseSqrt' as never }), 'ERR_OPTION', /for secondActivation/);
  wrong(() => doubleSymmetricDense(2, { normalization: normalization as never }), 'ERR_LAYER', /Call it/);
  wrong(
    () => new Network(doubleSymmetricDense(2, { normalization: dense(3) }), 3),
    'ERR_SHAPE',
    /doubleSymmetricDense\(dense\(3\)\).*2 inputs, 3 outputs/,
  );
  wrong(() => normalization({ epsilon: 0 }), 'ERR_OPTION', /for epsilon but received 0/);
  wrong(() => normalization({ by: 'row' as never }), 'ERR_OPTION', /"channel", "pixel" for by/);
  wrong(() => affineScaling({ channels: 0 }), 'ERR_OPTION', /for channels but received 0/);
  wrong(() => new Network(affineScaling({ channels: 2 }), 3), 'ERR_SHAPE', /in 2 channels .* received 3 features/);
  wrong(() => connector({ units: 2, K: [[1]] }), 'ERR_OPTION', /either units or K/);
  wrong(() => connector({ K: [] }), 'ERR_OPTION', /rows of finite numbers, all of one length for K/);
  wrong(() => connector({ units: 2, b: [1, Infinity] }), 'ERR_OPTION', /finite numbers for b/);
  wrong(() => new Network(connector({ K: [[1], [2]] }), 3), 'ERR_SHAPE', /3 rows for K but received 2/);
  wrong(() => new Network(connector({ units: 2, b: [1] }), 3), 'ERR_SHAPE', /2 numbers for b but received 1/);
  wrong(() => dense(2, { initializer: 'glorot' as never }), 'ERR_OPTION', /he, lecun, xavier/);
  wrong(() => antisymmetricDense({ gamma: -1 }), 'ERR_OPTION', /of at least 0 for gamma but received -1/);
  wrong(() => smoothRelu({ eta: Number.NaN }), 'ERR_OPTION', /for eta but received NaN/);
  wrong(() => sequential([]), 'ERR_LAYER', /non-empty/);
  wrong(() => sequential([dense(2), tanh as never]), 'ERR_LAYER', /entry 1 .* Call it: write tanh\(\) instead of tanh/);
  wrong(() => concat(dense(2) as never), 'ERR_LAYER', /array of layers for concat/);
  wrong(() => residual(dense as never), 'ERR_LAYER', /a layer for residual/);
  wrong(() => residual(tanh(), { integrator: 'euler2' as never }), 'ERR_OPTION', /Did you mean "euler"/);
  wrong(() => residual(tanh(), { time: 0 }), 'ERR_OPTION', /for time/);
  wrong(() => residual(tanh(), { nodes: 0 }), 'ERR_OPTION', /for nodes/);
  wrong(() => residual(tanh(), { stateTimes: [0, 1, 1] }), 'ERR_OPTION', /increasing times for stateTimes/);
  wrong(() => residual(tanh(), { stateTimes: [0] }), 'ERR_OPTION', /at least 2/);
  wrong(() => residual(tanh(), { nodeTimes: [] }), 'ERR_OPTION', /at least 1/);
  wrong(() => residual(tanh(), { basis: [[1], [2, 3]] }), 'ERR_OPTION', /all of one length for basis/);
  wrong(() => residual(tanh(), { steps: 2, basis: [[1]] }), 'ERR_OPTION', /3 rows for basis.*received 1/);
  wrong(() => new Network(doubleHamiltonian(tanh(), tanh()), 3), 'ERR_SHAPE', /an even number of features .* 3/);
  wrong(() => new Network(doubleHamiltonian(tanh(), dense(3)), 4), 'ERR_SHAPE', /2 inputs, 3 outputs/);
  wrong(() => new Network(residual(dense(2)), 3), 'ERR_SHAPE', /residual\(dense\(2\)\).*3 inputs, 2 outputs/);
});

t.test('every activation is a layer', async (t) => {
  for (const type of activations) t.equal(new Network({ type }, 3).features, 3, type);
  t.equal(new Network(identity(), 3).trace().instructions.length, 1);
});

t.test('what layers of images refuse', async (t) => {
  const behind = (shape: object, ...layers: LayerDescription[]) =>
    new Network(sequential([image({ height: 4, width: 5, channels: 3, ...shape }), ...layers]), 60);
  const wrong = (make: () => unknown, code: string, message: RegExp) => t.throws(make, { code, message });
  wrong(
    () => new Network(conv2d(2), 60),
    'ERR_SHAPE',
    /expected images but received 60 plain features\. Begin .* image\(/,
  );
  wrong(() => behind({}, dense(20), conv2d(2)), 'ERR_SHAPE', /received 20 plain features/);
  wrong(() => behind({}, flatten(), maxPool()), 'ERR_SHAPE', /maxPool: expected images/);
  wrong(() => behind({ channels: 2 }), 'ERR_SHAPE', /expected 4·5·2 = 40 features but received 60/);
  wrong(() => behind({ order: 'cwh' }), 'ERR_OPTION', /order/);
  wrong(() => behind({ height: 0 }), 'ERR_OPTION', /for height but received 0/);
  wrong(() => behind({}, conv2d(2, { kernel: 6, padding: 'valid' })), 'ERR_SHAPE', /image of 4×5.* received 6×6/);
  wrong(() => behind({}, conv2d(2, { kernel: 3, padding: 3 })), 'ERR_SHAPE', /padding smaller than the kernel of 3×3/);
  wrong(() => behind({}, conv2d(4, { groups: 2 })), 'ERR_SHAPE', /divide into 2 groups .* 3 channels and 4 filters/);
  wrong(() => behind({}, averagePool({ size: [5, 1] })), 'ERR_SHAPE', /windows within the image of 4×5 .* 5×1/);
  wrong(() => conv2d(0), 'ERR_OPTION', /for filters but received 0/);
  wrong(() => conv2d(2, { kernel: [3] as never }), 'ERR_OPTION', /for kernel but received an array of length 1/);
  wrong(() => conv2d(2, { stride: 0 }), 'ERR_OPTION', /for stride but received 0/);
  wrong(() => conv2d(2, { padding: 'sames' as never }), 'ERR_OPTION', /Did you mean "same"/);
  wrong(() => conv2d(2, { boundary: 'mirror' as never }), 'ERR_OPTION', /"zero", "periodic" for boundary/);
  wrong(() => conv2d(2, { bias: [[1]] as never }), 'ERR_OPTION', /for bias/);
  wrong(() => behind({}, residual(conv2d(4))), 'ERR_SHAPE', /4×5×3 and of 4×5×4/);
  wrong(
    () => behind({}, residual(conv2d(20, { padding: 'valid', kernel: [4, 3] }))),
    'ERR_SHAPE',
    /4×5×3 and of 1×3×20/,
  );
  wrong(() => new Network(normalization({ channels: 'image' }), 4), 'ERR_SHAPE', /expected images/);
  t.equal(behind({}, concat([identity(), conv2d(2)]), conv2d(1)).features, 20, 'images side by side are one');
});
