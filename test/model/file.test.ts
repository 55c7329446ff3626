import { type Test, test } from 'tap';
import { backendNames } from '../../lib/backend/select.js';
import { GnvproError } from '../../lib/errors.js';
import { readFloats, writeFloats } from '../../lib/files/numbers.js';
import { Model } from '../../lib/model/model.js';
import { smoothRelu } from '../../lib/network/activation.js';
import { concat } from '../../lib/network/concat.js';
import { defineLayer } from '../../lib/network/defineLayer.js';
import { dense } from '../../lib/network/dense.js';
import { sequential } from '../../lib/network/sequential.js';
import { Random } from '../../lib/random.js';
import { arrayOf, fixture } from '../support/fixtures.js';
import { withChecksum } from '../support/modelFiles.js';
import { randomMatrix, randomModel, rotatedParts, smallNetwork } from '../support/models.js';
import { close } from '../support/reference.js';

const js = { backend: 'js' } as const;
const original = randomModel();
const bytes = original.toBytes();

function refused(t: Test, changed: Uint8Array, message: RegExp | string, name: string) {
  t.throws(() => Model.fromBytes(changed, js), { name: 'GnvproError', code: 'ERR_MODEL_FILE', message }, name);
}

for (const backend of backendNames) {
  test(`a round trip keeps every bit, ${backend}`, async (t) => {
    const smooth = sequential([concat([dense(3, { bias: false }), smoothRelu({ eta: 0.3 })]), smoothRelu()]);
    for (const network of [smallNetwork(), smooth]) {
      for (const bias of [true, false]) {
        const model = randomModel({ network, bias }, backend);
        const again = Model.fromBytes(model.toBytes(), { backend });
        const inputs = randomMatrix(40, 5);
        t.strictSame(again.predictSync(inputs), model.predictSync(inputs), 'predictions');
        t.strictSame(again.jacobianSync(inputs), model.jacobianSync(inputs), 'Jacobian');
        t.strictSame(again.toBytes(), model.toBytes(), 'bytes');
        t.equal(String(again), String(model));
      }
    }
  });
}

test('a round trip with rotated inputs', async (t) => {
  const model = new Model(rotatedParts(), js);
  const again = Model.fromBytes(model.toBytes(), js);
  const inputs = randomMatrix(40, 5);
  t.strictSame(again.scaling, model.scaling);
  t.strictSame(again.predictSync(inputs), model.predictSync(inputs));
  t.strictSame(again.toBytes(), model.toBytes());
});

for (const backend of backendNames) {
  test(`a file of the first version still loads, ${backend}`, async (t) => {
    const reference = fixture('model');
    const model = Model.fromBytes(Buffer.from(reference.meta.file as string, 'base64'), { backend });
    const predicted = model.predictSync({ data: arrayOf(reference, 'inputs'), shape: [4, 3] });
    close(t, predicted.data, arrayOf(reference, 'outputs'), 'its predictions', 1e-14);
    t.equal(model.scaling.inputs.rotation, undefined);
  });
}

test('bytes may lie anywhere in a buffer', async (t) => {
  for (const offset of [0, 1, 3]) {
    const buffer = new Uint8Array(bytes.length + 8);
    buffer.set(bytes, offset);
    const again = Model.fromBytes(buffer.subarray(offset, offset + bytes.length), js);
    t.strictSame(again.theta, original.theta);
  }
  t.throws(() => Model.fromBytes('no' as never), { code: 'ERR_OPTION', message: /Uint8Array for bytes/ });
});

test('a model predicts without the code of its layers', async (t) => {
  const makeLayer = defineLayer<{ factor: number }>({
    name: 'fileTestLayer',
    apply: (b, x, _, { factor }) => b.scale(x, factor),
  });
  const model = randomModel({ network: makeLayer({ factor: -0.1 }) });
  // The stored name becomes one that nobody defined.
  const stored = model.toBytes();
  stored.set(Buffer.from('fileTestGone!'), Buffer.from(stored).indexOf('fileTestLayer'));
  const again = Model.fromBytes(withChecksum(stored), js);
  t.same(again.network, { type: 'fileTestGone!', factor: -0.1 });
  const inputs = randomMatrix(4, 5);
  t.strictSame(again.predictSync(inputs), model.predictSync(inputs));
  t.strictSame(again.jacobianSync(inputs), model.jacobianSync(inputs));
});

test('options that are no JSON are refused when saving', async (t) => {
  const network = defineLayer<{ big: bigint }>({ name: 'fileTestBig', apply: (_, x) => x })({ big: 1n });
  const model = randomModel({ network: sequential([network, smoothRelu()]) });
  t.throws(() => model.toBytes(), { code: 'ERR_LAYER', message: /plain JSON/ });
});

test('every changed byte is found', async (t) => {
  const random = new Random(7);
  const positions = [...Array(24).keys(), ...Array.from({ length: 200 }, () => random.integer(bytes.length))];
  for (const at of positions) {
    const changed = bytes.slice();
    changed[at] ^= 1 + random.integer(255);
    try {
      Model.fromBytes(changed, js);
      t.fail(`byte ${at} was changed unnoticed`);
    } catch (error) {
      t.ok(error instanceof GnvproError && error.code === 'ERR_MODEL_FILE', `byte ${at}`);
    }
  }
});

test('every truncation is found', async (t) => {
  for (let length = 0; length < bytes.length; length += 97) refused(t, bytes.slice(0, length), /./, `${length} bytes`);
  refused(t, bytes.slice(0, -1), /should have \d+ bytes but has \d+/, 'one byte');
  refused(t, Uint8Array.of(...bytes, 0), /should have/, 'one byte too many');
  refused(t, new Uint8Array(0), 'The model file is empty. Save the model again.', 'empty');
  refused(t, bytes.slice(0, 30), /damaged: it ends after 30 bytes/, 'in the preamble');
});

test('what is no model file, or a newer one', async (t) => {
  refused(t, Buffer.from('{"weights": [1, 2, 3]}'), /not a gnvpro model file.*Check the path/, 'text');
  const asText = Uint8Array.from(Buffer.from(Buffer.from(bytes).toString('utf8')));
  refused(t, asText, /not a gnvpro model file/, 'a transfer as text');
  const newer = bytes.slice();
  newer[8] = 2;
  refused(t, newer, /has format 2, but this gnvpro reads formats up to 1\. Update gnvpro/, 'newer');
  const older = bytes.slice();
  older[8] = 0;
  refused(t, withChecksum(older), /names format 0/, 'format 0');
});

test('floats are the same bytes by either path', async (t) => {
  const values = Float64Array.of(0, -0, 1.5, -Math.PI, 5e-324, Number.MAX_VALUE, Number.NaN, Number.NEGATIVE_INFINITY);
  const copied = new Uint8Array(72);
  const viewed = new Uint8Array(72);
  writeFloats(copied, 8, values, true);
  writeFloats(viewed, 8, values, false);
  t.same(copied, viewed);
  t.strictSame(readFloats(copied, 8, 8, true), values);
  t.strictSame(readFloats(copied, 8, 8, false), values);
});
