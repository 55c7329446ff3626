/** @file Exported models in onnxruntime: for every layer type and operation, in both precisions, what the model predicts. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { type ExportedModel, exportedModels, largestError, modelOf } from '../support/exportedModels.js';
import { randomMatrix } from '../support/models.js';
import { root } from '../support/scripts.js';

interface Tensor {
  readonly data: Float32Array | Float64Array;
  readonly dims: readonly number[];
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(inputs: Record<string, Tensor>): Promise<Record<string, Tensor>>;
}

interface Runtime {
  readonly InferenceSession: { create(model: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: string, data: Tensor['data'], dims: readonly number[]) => Tensor;
}

/** Not among the packages of the project, as it is large: npm run test:full installs it. */
const onnxruntime = createRequire(join(root, 'test/onnx/'))('onnxruntime-node') as Runtime;

const tolerances = { float32: 1e-5, float64: 1e-12 };

async function compare(t: Test, exported: ExportedModel, precision: 'float32' | 'float64'): Promise<void> {
  const model = modelOf(exported);
  const probabilities = exported.parts.loss !== undefined;
  const session = await onnxruntime.InferenceSession.create(await model.toOnnx({ precision, probabilities }));
  t.strictSame(session.inputNames, ['inputs']);
  t.strictSame(session.outputNames, probabilities ? ['outputs', 'probabilities'] : ['outputs']);
  for (const samples of [1, 7]) {
    const Y = randomMatrix(samples, model.inputs);
    const data = precision === 'float32' ? Float32Array.from(Y.data) : Y.data;
    const inputs = new onnxruntime.Tensor(precision, data, Y.shape);
    const results = await session.run({ inputs });
    t.strictSame(results.outputs.dims, [samples, model.outputs]);
    const check = (actual: Tensor, expected: Float64Array, what: string) => {
      const error = largestError(actual.data, expected);
      t.ok(error <= tolerances[precision], `${what} of ${samples} samples: ${error} of the largest`);
    };
    check(results.outputs, model.predictSync(Y).data, 'outputs');
    if (probabilities) check(results.probabilities, model.predictProbabilitiesSync(Y).data, 'probabilities');
  }
}

for (const precision of ['float32', 'float64'] as const) {
  t.test(precision, async (t) => {
    for (const exported of exportedModels) await t.test(exported.name, (t) => compare(t, exported, precision));
  });
}
