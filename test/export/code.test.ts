/** @file Models as C and as ES modules: they compute what the model does, for every layer type. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { Model } from '../../lib/model/model.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { dense } from '../../lib/network/dense.js';
import { registeredTypes } from '../../lib/network/layer.js';
import { primitives } from '../../lib/program/primitives.js';
import {
  type ExportedModel,
  exportedModels,
  exportedTypes,
  largestError,
  modelOf,
  recordedOps,
} from '../support/exportedModels.js';
import { randomMatrix, randomModel, randomParts } from '../support/models.js';

const samples = 5;
const tolerance = 1e-12;
const folder = t.testdir();
const strict = ['-std=c99', '-Wall', '-Wextra', '-Werror', '-pedantic'];

interface Results {
  readonly outputs: Float64Array;
  readonly jacobian: Float64Array | null;
  readonly probabilities: Float64Array | null;
}

/** The model's own, on random inputs. */
function expected(exported: ExportedModel): Results & { readonly inputs: Float64Array } {
  const model = modelOf(exported);
  const Y = randomMatrix(samples, model.inputs);
  const isClassifier = exported.parts.loss !== undefined;
  return {
    inputs: Y.data,
    outputs: model.predictSync(Y).data,
    jacobian: exported.hasJacobian ? model.jacobianSync(Y).data : null,
    probabilities: isClassifier ? model.predictProbabilitiesSync(Y).data : null,
  };
}

function compare(t: Test, actual: Results, expected: Results): void {
  for (const what of ['outputs', 'jacobian', 'probabilities'] as const) {
    const [values, truth] = [actual[what], expected[what]];
    if (truth === null) continue;
    const error = largestError(values ?? [], truth);
    t.ok(error <= tolerance, `${what}: ${error} of the largest`);
  }
}

t.test('a module takes rows or numbers, and says what is wrong with others', async (t) => {
  const model = modelOf(exportedModels.find(({ name }) => name === 'classes') as ExportedModel);
  const text = model.toModule();
  t.notMatch(text, /\bimport\b|require\(/);
  writeFileSync(join(folder, 'classes.mjs'), text);
  const module = await import(pathToFileURL(join(folder, 'classes.mjs')).href);
  t.strictSame(module.classes, model.classes);
  t.strictSame([module.inputs, module.outputs, module.inputNames], [5, 4, null]);
  const rows = [
    [1, 2, 3, 4, 5],
    [-5, 4, -3, 2, -1],
  ];
  t.strictSame(module.predict(rows), module.predict(rows.flat()));
  t.strictSame(module.predict(rows.map((row) => Float32Array.from(row))), module.predict(rows.flat()));
  t.strictSame(module.predictClasses(rows), model.predictClassesSync(rows));
  t.equal(module.predict([]).length, 0);
  const wrong = { name: 'RangeError', message: /5 numbers a sample but received 3/ };
  t.throws(() => module.predict([1, 2, 3]), wrong);
  t.throws(() => module.predict([[1, 2, 3], ...rows]), wrong);
  t.throws(() => module.jacobian([1, 2, 3, 4, Number.NaN]), { name: 'RangeError', message: /finite/ });
});

t.test('names, in C', async (t) => {
  const { parts } = exportedModels.find(({ name }) => name === 'classes') as ExportedModel;
  const inputs = ['a*/b', '%d', '"\n', '\\', '??)'];
  const text = new Model({ ...parts, names: { inputs, targets: null } }, { backend: 'js' }).toC();
  t.strictSame(text.match(/#include.*/g), ['#include <math.h>']);
  const main = `#include <stdio.h>
extern const char *const model_input_names[5], *const model_output_names[4];
int main(void) {
  for (int i = 0; i < 5; i++) printf("%s%c", model_input_names[i], 0);
  for (int i = 0; i < 4; i++) printf("%s%c", model_output_names[i], 0);
  return 0;
}
`;
  writeFileSync(join(folder, 'names.c'), text);
  writeFileSync(join(folder, 'main.c'), main);
  execFileSync('gcc', [...strict, '-o', 'names', 'names.c', 'main.c', '-lm'], { cwd: folder });
  const told = execFileSync(join(folder, 'names'), { encoding: 'utf8' }).split('\0');
  t.strictSame(told.slice(0, -1), [...inputs, ...(parts.classes ?? [])]);
});

t.test('files are as large as the numbers in them', async (t) => {
  const ofWidth = (width: number) =>
    new Model(randomParts({ network: dense(width), inputs: width }), { backend: 'js' });
  const model = ofWidth(300);
  for (const text of [model.toC(), model.toModule()]) t.ok(text.length < 25 * model.weightCount, `${text.length}`);
  t.ok(randomModel().toModule().length < 60_000);
  t.ok(ofWidth(30).toModule().length < 60_000);
});

t.test('what cannot be exported says so', async (t) => {
  const withoutJacobian = modelOf(exportedModels.find(({ hasJacobian }) => !hasJacobian) as ExportedModel);
  t.throws(() => withoutJacobian.toC(), { code: 'ERR_EXPORT', message: /unaryDerivative .*no derivative/ });
  t.throws(() => withoutJacobian.toModule(), { code: 'ERR_EXPORT' });
  t.throws(() => randomModel().toC({ name: 'my model' }), { code: 'ERR_OPTION', message: /my model/ });
  t.throws(() => randomModel().toC({ nme: 'a' } as never), { code: 'ERR_OPTION', message: /Did you mean "name"/ });
  const parts = randomParts({ network: antisymmetricDense() });
  const huge = new Model({ ...parts, theta: parts.theta.map((_, i) => (-1) ** i * 1.7e308) }, { backend: 'js' });
  t.throws(() => huge.toModule(), { code: 'ERR_EXPORT', message: /not finite/ });
  const disposed = randomModel();
  disposed.dispose();
  for (const make of ['toC', 'toModule'] as const) t.throws(() => disposed[make](), { code: 'ERR_DISPOSED' });
  await t.rejects(disposed.toOnnx(), { code: 'ERR_DISPOSED' });
});

const cases = exportedModels.filter(({ hasJacobian }) => hasJacobian);

t.test('the models have every layer type and every operation', async (t) => {
  const builtin = registeredTypes().filter((type) => !type.endsWith('of the tests of exports'));
  t.strictSame(
    builtin.filter((type) => !exportedTypes.has(type)),
    [],
  );
  const recorded = recordedOps();
  const missing = Object.keys(primitives).filter((op) => !recorded.has(op as never));
  t.strictSame(missing, ['sumSamples', 'sumChannels'], 'but for the sums over samples, which no model may have');
});

t.test('ES modules', async (t) => {
  for (const [i, exported] of cases.entries()) {
    const file = join(folder, `m${i}.mjs`);
    writeFileSync(file, modelOf(exported).toModule());
    const module = await import(pathToFileURL(file).href);
    const truth = expected(exported);
    await t.test(exported.name, async (t) => {
      const probabilities = module.predictProbabilities?.(truth.inputs) ?? null;
      const actual = { outputs: module.predict(truth.inputs), jacobian: module.jacobian(truth.inputs), probabilities };
      compare(t, actual, truth);
    });
  }
});

/** Reads inputs and writes all results of all models, one after the other, as doubles. */
function driver(): string {
  const functions = cases.map((exported, i) => {
    const { inputs: d, outputs: t } = modelOf(exported);
    const call = (verb: string, size: number) => `  m${i}_${verb}(x, y); fwrite(y, sizeof(double), ${size}, stdout);`;
    return [
      `extern const int m${i}_inputs, m${i}_outputs;`,
      ...['predict', 'jacobian', 'probabilities'].map((verb) => `void m${i}_${verb}(const double *, double *);`),
      `static void run${i}(void) {`,
      `  double x[${d}], y[${t * d + t}];`,
      `  if (m${i}_inputs != ${d} || m${i}_outputs != ${t}) exit(3);`,
      `  if (fread(x, sizeof(double), ${d}, stdin) != ${d}) exit(4);`,
      call('predict', t),
      call('jacobian', t * d),
      ...(exported.parts.loss === undefined ? [] : [call('probabilities', t)]),
      '}',
    ].join('\n');
  });
  const runs = cases.map((_, i) => `  for (int n = 0; n < ${samples}; n++) run${i}();`);
  return `#include <stdio.h>\n#include <stdlib.h>\n${functions.join('\n')}\nint main(void) {\n${runs.join('\n')}\n  return 0;\n}\n`;
}

t.test('C99', async (t) => {
  const sources = cases.map((exported, i) => [`m${i}.c`, modelOf(exported).toC({ name: `m${i}` })]);
  for (const [name, text] of [...sources, ['driver.c', driver()]]) writeFileSync(join(folder, name), text);
  const files = [...sources.map(([name]) => name), 'driver.c'];
  execFileSync('gcc', [...strict, '-o', 'models', ...files, '-lm'], { cwd: folder });
  const truths = cases.map(expected);
  const input = Buffer.concat(truths.map(({ inputs }) => Buffer.from(inputs.buffer)));
  const output = execFileSync(join(folder, 'models'), { input, maxBuffer: 2 ** 26 });
  const numbers = new Float64Array(new Uint8Array(output).buffer);
  let at = 0;
  for (const [i, truth] of truths.entries()) {
    const parts = [truth.outputs, truth.jacobian, truth.probabilities].map(
      (array) => array && new Float64Array(array.length),
    );
    for (let n = 0; n < samples; n++) {
      for (const part of parts) {
        if (part === null) continue;
        const size = part.length / samples;
        part.set(numbers.subarray(at, at + size), n * size);
        at += size;
      }
    }
    const [outputs, jacobian, probabilities] = parts;
    await t.test(cases[i].name, async (t) => compare(t, { outputs: outputs!, jacobian, probabilities }, truth));
  }
  t.equal(at, numbers.length);
});
