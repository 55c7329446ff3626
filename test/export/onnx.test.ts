/** @file What an ONNX file says of itself; test/full/onnx.test.ts runs them. */
import { PbfReader } from 'pbf';
import t from 'tap';
import { Model } from '../../lib/model/model.js';
import { randomModel, randomParts } from '../support/models.js';

/** Fields by their numbers: messages as a person finds them in the schema of ONNX. */
type Fields = Record<number, (number | Uint8Array)[]>;

function fieldsOf(bytes: Uint8Array): Fields {
  return new PbfReader(bytes).readFields((tag, fields, reader) => {
    fields[tag] ??= [];
    fields[tag].push(reader.type === 2 ? reader.readBytes() : reader.readVarint());
  }, {} as Fields);
}

const inner = (fields: Fields, tag: number) => (fields[tag] ?? []).map((bytes) => fieldsOf(bytes as Uint8Array));
const text = (fields: Fields, tag: number) => Buffer.from(fields[tag][0] as Uint8Array).toString();

/** Name, type of elements, and dimensions of a port: ValueInfoProto. */
function port(fields: Fields) {
  const [type] = inner(fields, 2);
  const [tensor] = inner(type, 1);
  const [shape] = inner(tensor, 2);
  return [text(fields, 1), tensor[1][0], ...inner(shape, 1).map((dim) => dim[1]?.[0] ?? text(dim, 2))];
}

function graphOf(bytes: Uint8Array) {
  const model = fieldsOf(bytes);
  const [graph] = inner(model, 7);
  const metadata = inner(model, 14).map((entry) => [text(entry, 1), JSON.parse(text(entry, 2))]);
  return {
    model,
    graph,
    metadata: Object.fromEntries(metadata),
    ports: [11, 12].map((tag) => inner(graph, tag).map(port)),
  };
}

t.test('names, types and dimensions', async (t) => {
  const { model, ports } = graphOf(await randomModel().toOnnx());
  t.strictSame(ports, [[['inputs', 1, 'samples', 5]], [['outputs', 1, 'samples', 3]]]);
  t.strictSame(model[1], [8]);
  const [opset] = inner(model, 8);
  t.strictSame([text(opset, 1), opset[2]], ['', [17]]);
  const double = graphOf(await randomModel().toOnnx({ precision: 'float64' }));
  t.strictSame(double.ports, [[['inputs', 11, 'samples', 5]], [['outputs', 11, 'samples', 3]]]);
});

t.test('a classifier has its classes in the metadata, and probabilities where they are asked for', async (t) => {
  const classes = ['α', 'b', 'c'];
  const names = { inputs: ['a', 'b', 'c', 'd', 'e'], targets: ['kind'] };
  const model = new Model({ ...randomParts(), loss: 'crossEntropy', classes, names }, { backend: 'js' });
  const { metadata, ports } = graphOf(await model.toOnnx({ probabilities: true }));
  t.strictSame(metadata, { inputNames: names.inputs, outputNames: classes, classes });
  t.strictSame(ports[1], [
    ['outputs', 1, 'samples', 3],
    ['probabilities', 1, 'samples', 3],
  ]);
  t.equal(graphOf(await model.toOnnx()).ports[1].length, 1);
});

t.test('weights are written once', async (t) => {
  const small = await randomModel().toOnnx({ precision: 'float64' });
  const model = new Model(randomParts({ inputs: 200, outputs: 100 }), { backend: 'js' });
  const bytes = await model.toOnnx({ precision: 'float64' });
  t.ok(bytes.length < 8 * (model.weightCount + 400) + small.length, `${bytes.length}`);
});

t.test('what cannot be exported says so', async (t) => {
  const model = randomModel();
  await t.rejects(model.toOnnx({ precision: 'float16' as never }), { code: 'ERR_OPTION', message: /float16/ });
  await t.rejects(model.toOnnx({ probabilities: 1 as never }), { code: 'ERR_OPTION' });
  await t.rejects(model.toOnnx({ probabilities: true }), { code: 'ERR_STATE', message: /leastSquares/ });
  const parts = randomParts();
  const large = new Model({ ...parts, W: parts.W.map((w) => w * 1e40) }, { backend: 'js' });
  await t.rejects(large.toOnnx(), { code: 'ERR_EXPORT', message: /float64/ });
  t.ok((await large.toOnnx({ precision: 'float64' })).length > 0);
});
