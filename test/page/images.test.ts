/** @file What a page tells of a model of images: the images as they lie in the inputs, and its first filters. */
import t from 'tap';
import { imageOfInputs, imagesOf, kernelsOf } from '../../lib/cli/page/images.js';
import { conv2d, flatten, image, type LayerDescription, Model, Network, sequential } from '../../lib/index.js';

const [height, width, channels] = [3, 2, 3];
const unscaled = (n: number) => ({ shift: new Float64Array(n), scale: new Float64Array(n).fill(1) });

/** Of filters of 1 × 1 that count up, and of outputs that are features. */
function modelOf(order: 'hwc' | 'chw', classes: string[] | null, first: LayerDescription): Model {
  const network = sequential([image({ height, width, channels, order }), first, flatten()]);
  const built = new Network(network, height * width * channels);
  const theta = Float64Array.from({ length: built.weights }, (_, i) => i + 1);
  const W = new Float64Array(2 * built.features);
  W[0] = 1; // output 0 is feature 0
  return new Model({
    ...{ network, forward: built.trace(), inputs: 18, outputs: 2, bias: false, theta, W, classes, training: null },
    ...(classes !== null && { loss: 'crossEntropy' }),
    scaling: { inputs: unscaled(18), targets: unscaled(2) },
  });
}
// As a job has it, without the defaults.
const filters = { type: 'conv2d', filters: 1, kernel: 1, bias: false };
const call = { signal: undefined, threads: undefined };
const inputs = (values: number[][]) => ({
  data: Float64Array.from(values.flat()),
  shape: [values.length, 18] as const,
});
const ramp = Array.from({ length: 18 }, (_, i) => i + 1);
const negative = ramp.map((value) => -value);

t.test('a classifier: wrong ones first, pixels of either order', async (t) => {
  for (const order of ['hwc', 'chw'] as const) {
    using model = modelOf(order, ['cat', 'dog'], filters);
    const layout = imageOfInputs(model);
    t.match(layout, { height, width, channels, order });
    // Where feature 0 is above 0 it is a cat.
    const data = {
      inputs: inputs([ramp, negative, ramp]),
      targets: { data: Float64Array.of(0, 0, 1), shape: [3, 1] as const },
    };
    const shown = await imagesOf(
      model,
      layout as NonNullable<typeof layout>,
      { ...data, classes: ['cat', 'dog'] },
      'test',
      call,
    );
    t.strictSame(
      shown?.groups.map(({ title, isWrong, each }) => [
        title,
        isWrong,
        each.map((one) => [one.number, one.predicted, one.truth]),
      ]),
      [
        [
          'Wrong: 2',
          true,
          [
            [1, 'dog', 'cat'],
            [2, 'cat', 'dog'],
          ],
        ],
        ['Right: 1', false, [[0, 'cat', 'cat']]],
      ],
    );
    const planar = [1, 7, 13, 2, 8, 14, 3, 9, 15, 4, 10, 16, 5, 11, 17, 6, 12, 18];
    t.strictSame(Array.from(shown?.groups[1].each[0].pixels ?? []), order === 'hwc' ? ramp : planar);
    t.strictSame(shown?.range, [-18, 18]);
  }
});

t.test('numbers: the largest errors first, at most 48 images', async (t) => {
  using model = modelOf('chw', null, filters);
  const count = 60;
  const targets = { data: Float64Array.from({ length: 2 * count }, (_, i) => i), shape: [count, 2] as const };
  const data = { inputs: inputs(Array(count).fill(Array(18).fill(0))), targets, classes: null };
  const shown = await imagesOf(model, imageOfInputs(model) as never, data, 'validation', call);
  t.equal(shown?.of, '60 validation samples');
  t.strictSame(
    shown?.groups.map(({ each }) => each.length),
    [24, 24],
  );
  t.match(shown?.groups[0].each[0], { number: 59, predicted: '0, 0', truth: '118, 119' });
});

t.test('filters: colours of three channels, a picture a channel of groups, those of a later layer', (t) => {
  using colour = modelOf('hwc', null, { type: 'conv2d', filters: 2, kernel: [1, 2] });
  const kernels = kernelsOf(colour);
  t.match(kernels, { layer: 'conv2d(2)', height: 1, width: 2, channels: 3, most: 12 });
  t.strictSame(
    kernels?.each.map(({ values }) => [...(values as Float64Array)]),
    [
      [1, 3, 5, 2, 4, 6],
      [7, 9, 11, 8, 10, 12],
    ],
  );
  using grouped = modelOf('hwc', null, conv2d(3, { groups: 3 }));
  t.strictSame(
    kernelsOf(grouped)?.each.map(({ values }) => values[0]),
    [1, 10, 19],
  );
  const scaled = sequential([
    { type: 'affineScaling', channels: 3, by: 'channel' },
    { type: 'conv2d', filters: 200 },
  ]);
  using later = modelOf('hwc', null, scaled);
  const many = kernelsOf(later);
  t.equal(many?.each[0].values[0], 7, 'behind three scales and three shifts');
  t.equal(many?.each.length, 96);
  t.match(many?.notes[0], /first 96 of 200/);
  using flow = modelOf('hwc', null, {
    type: 'residual',
    layer: { type: 'doubleSymmetricConv2d', filters: 4 },
    integrator: 'rk4',
    ...{ steps: 2 },
  });
  t.match(kernelsOf(flow), { layer: 'doubleSymmetricConv2d(4)', channels: 3, height: 3, width: 3 });
  using plain = modelOf('hwc', null, { type: 'flatten' });
  t.equal(kernelsOf(plain), null);
  t.end();
});
