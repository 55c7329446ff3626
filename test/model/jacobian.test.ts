import { test } from 'tap';
import { backendNames } from '../../lib/backend/select.js';
import type { Matrix } from '../../lib/data/matrix.js';
import type { Model } from '../../lib/model/model.js';
import { relu } from '../../lib/network/activation.js';
import { randomMatrix, randomModel, smallNetwork } from '../support/models.js';
import { close } from '../support/reference.js';

/** Central differences of fourth order. */
function differences(model: Model, { data, shape }: Matrix): Float64Array {
  const [N, d] = shape;
  const t = model.outputs;
  const h = 5e-4;
  const J = new Float64Array(N * t * d);
  for (let j = 0; j < d; j++) {
    const at = (step: number) =>
      model.predictSync({ data: data.map((x, i) => (i % d === j ? x + step : x)), shape }).data;
    const [a, b, c, e] = [-2 * h, -h, h, 2 * h].map(at);
    for (let i = 0; i < N * t; i++) J[i * d + j] = (a[i] - 8 * b[i] + 8 * c[i] - e[i]) / (12 * h);
  }
  return J;
}

const cases = [
  { name: 'fewer outputs than features and inputs', inputs: 6, units: 5, outputs: 2 },
  { name: 'fewer features than outputs and inputs', inputs: 6, units: 3, outputs: 7 },
  { name: 'fewer inputs than features and outputs', inputs: 2, units: 5, outputs: 4 },
  { name: 'one of each', inputs: 1, units: 1, outputs: 1, seed: 3 },
];

for (const backend of backendNames) {
  for (const { name, inputs, units, outputs, seed } of cases) {
    test(`jacobian against differences, ${backend}, ${name}`, async (t) => {
      for (const bias of [true, false]) {
        const model = randomModel({ network: smallNetwork(units), inputs, outputs, bias, seed }, backend);
        const Y = randomMatrix(9, inputs);
        const J = model.jacobianSync(Y);
        t.same(J.shape, [9, outputs, inputs]);
        close(t, J.data, differences(model, Y), `bias ${bias}`, 1e-9);
        t.same(await model.jacobian(Y, { threads: 2 }), J, 'off the main thread');
      }
    });
  }
}

test('the samples of a large Jacobian do not mix', async (t) => {
  const model = randomModel();
  const Y = randomMatrix(2500, 5);
  const { data } = model.jacobianSync(Y);
  for (const n of [0, 1023, 1024, 2499]) {
    const one = model.jacobianSync({ data: Y.data.slice(n * 5, n * 5 + 5), shape: [1, 5] });
    close(t, data.subarray(n * 15, n * 15 + 15), one.data, `sample ${n}`, 1e-14);
  }
});

test('js and native differentiate the same', async (t) => {
  const Y = randomMatrix(50, 5);
  const [native, js] = backendNames.map((backend) => randomModel({}, backend).jacobianSync(Y).data);
  close(t, native, js, 'Jacobians', 1e-12);
});

test('a network that only passes on has the Jacobian of the last layer', async (t) => {
  const model = randomModel({ network: relu(), inputs: 2, outputs: 2, bias: false });
  const { inputs, targets } = model.scaling;
  const W = model.W;
  const expected = W.map((w, i) => (w * targets.scale[Math.floor(i / 2)]) / inputs.scale[i % 2]);
  close(t, model.jacobianSync([[1e3, 1e3]]).data, expected, 'W in original units', 1e-15);
});

test('a Jacobian beyond memory is refused in words', async (t) => {
  const model = randomModel({ inputs: 2, outputs: 5000 });
  const rows = 1_000_000;
  const Y = { data: new Float64Array(rows * 2), shape: [rows, 2] };
  t.throws(() => model.jacobianSync(Y), { code: 'ERR_MEMORY', message: /1000000 × 5000 × 2 numbers need 74.5 GiB/ });
});
