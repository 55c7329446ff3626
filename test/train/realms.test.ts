/** @file Arrays, objects and signals of another realm (a vm context, as test runners use), and the package inside one. */
import { types } from 'node:util';
import vm from 'node:vm';
import t from 'tap';
import {
  classesOf,
  classificationMetrics,
  dense,
  type LayerDescription,
  linearRegression,
  Model,
  matrix,
  metrics,
  oneHot,
  regularizerValue,
  sequential,
  sumRegularizers,
  tanh,
  tikhonov,
  train,
  trainSync,
} from '../../lib/index.js';
import { Network } from '../../lib/network/network.js';
import { generateDcResistivity } from '../../lib/problems/index.js';
import { projectFolder, root, runFile } from '../support/scripts.js';
import { network, smooth } from './problem.js';

/** The constructors of another realm. */
const other = vm.runInNewContext('({ Float64Array, Float32Array, Int32Array, Uint8Array, Array, Object, JSON })');

/** The same value, made there. */
const foreign = <T>(value: T): T => other.JSON.parse(JSON.stringify(value));
const floats = (values: Iterable<number>): Float64Array => other.Float64Array.from(values);

const { inputs, targets } = smooth(40);
const flat = (rows: number[][]) => ({ data: floats(rows.flat()), shape: foreign([rows.length, rows[0].length]) });
const stop = { iterations: 2 };
const own = trainSync({ network, inputs, targets, stop, backend: 'js' });

t.test('data: flat, rows, Float32Array', async (t) => {
  const { model } = trainSync({ network, inputs: flat(inputs), targets: flat(targets), stop, backend: 'js' });
  t.strictSame(model.theta, own.model.theta);
  const rows = trainSync({
    network: foreign(network),
    inputs: inputs.map(floats),
    targets: foreign(targets),
    stop,
    backend: 'js',
  });
  t.strictSame(rows.model.theta, own.model.theta);
  const singles = matrix(other.Float32Array.of(1, 2), [2, 1]);
  t.strictSame(Array.from(singles.data), [1, 2]);
});

t.test('native: predict, train and metrics take what predict gave', async (t) => {
  const { model } = await train({ network, inputs: flat(inputs), targets: flat(targets), stop });
  const S = await model.predict(flat(inputs));
  const T = { data: floats(S.data), shape: foreign(S.shape) };
  await train({ network, inputs: T, targets: T, stop });
  const classes = foreign(['a', 'b']);
  const labels = foreign(targets.map(([x]) => (x > 0 ? 'a' : 'b')));
  t.equal(classificationMetrics(T, labels, { classes, scores: 'logits' }).samples, 40);
  t.equal(metrics(T.data, T.data, 2).rmse, 0);
});

t.test('labels', async (t) => {
  for (const Type of [other.Int32Array, other.Uint8Array]) {
    t.strictSame(Array.from(oneHot(Type.of(0, 1), [0, 1]).data), [1, 0, 0, 1]);
  }
  t.strictSame(classesOf(foreign(['b', 'a'])), ['a', 'b']);
});

t.test('weights, operators and scalings', async (t) => {
  const P = new Network(network, 3).weights;
  const { rowPointers, columns, values } = tikhonov(P, 1e-6);
  const operator = {
    rowPointers: other.Int32Array.from(rowPointers),
    columns: other.Int32Array.from(columns),
    values: floats(values),
    reference: floats(own.model.theta),
  };
  for (const backend of ['js', 'native'] as const) {
    const { report } = await train({
      network,
      inputs: flat(inputs),
      targets: flat(targets),
      sampleWeights: floats(inputs.map(() => 1)),
      initialize: floats(own.model.theta),
      regularization: foreign({ W: 1e-6 }),
      scaling: { inputs: { shift: floats([0, 0, 0]), scale: floats([1, 1, 1]) }, targets: 'none' },
      stop: foreign(stop),
      backend,
    });
    t.ok(report.iterations.length > 0, backend);
  }
  trainSync({ network, inputs, targets, regularization: { theta: operator }, stop, backend: 'js' });
  t.ok(regularizerValue(sumRegularizers([operator, operator]), own.model.theta) === 0);
  t.ok(tikhonov(3, 1, floats([1, 2, 3])).reference);
  t.ok(linearRegression(flat(inputs), flat(targets)));
});

t.test('a description is copied: what happens to it later has no effect', async (t) => {
  const description: { type: string; layers: { units: number }[] } = foreign(
    sequential([dense(3), tanh()]) as unknown as { type: string; layers: { units: number }[] },
  );
  const { model } = trainSync({ network: description, inputs, targets, stop, backend: 'js' });
  description.layers[0].units = 99;
  t.strictSame(JSON.parse(JSON.stringify(model.network)), { ...sequential([dense(3), tanh()]) } as LayerDescription);
});

t.test('bytes and addresses of model files', async (t) => {
  const bytes = own.model.toBytes();
  const model = Model.fromBytes(other.Uint8Array.from(bytes), { backend: 'js' });
  t.strictSame(model.theta, own.model.theta);
  const path = `${t.testdir()}/m.gnv`;
  await own.model.save(path);
  const { href, protocol } = new URL(`file://${path}`);
  const address = { href, protocol } as URL; // as another realm's URL: no instance of ours
  t.strictSame((await Model.load(address, { backend: 'js' })).theta, own.model.theta);
});

/** A signal that is no instance of ours; `reason` as old polyfills, which have none. */
function polyfill() {
  const listeners = new Set<() => void>();
  const signal = {
    aborted: false,
    addEventListener: (_: string, listener: () => void) => void listeners.add(listener),
    removeEventListener: (_: string, listener: () => void) => void listeners.delete(listener),
  };
  const abort = () => {
    signal.aborted = true;
    for (const listener of listeners) listener();
  };
  return { signal: signal as unknown as AbortSignal, listeners, abort };
}

t.test('signals of another class', async (t) => {
  const { signal, listeners, abort } = polyfill();
  const { model, report } = await train({
    ...{ network, inputs, targets, signal, backend: 'js' },
    onIteration: ({ iteration }) => {
      if (iteration === 1) abort();
    },
  });
  t.equal(report.stop.status, 'aborted');
  t.equal(listeners.size, 0, 'nothing listens any more');
  await t.rejects(model.predict(inputs, { signal }), { code: 'ERR_ABORTED' });
  await t.rejects(train({ network, inputs, targets, signal }), { code: 'ERR_ABORTED' });
  await t.rejects(generateDcResistivity({ samples: 1, signal }), { code: 'ERR_ABORTED' });
  for (const wrong of [{}, null, 'now', { aborted: false }, new EventTarget()]) {
    t.throws(() => trainSync({ network, inputs, targets, signal: wrong as AbortSignal }), {
      code: 'ERR_OPTION',
      message: /^Expected an AbortSignal for signal but received/,
    });
  }
});

/** Links the modules of the package in a new context and runs a training there, as Jest does. */
const inContext = `
import { readFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import vm from 'node:vm';

// Without TextEncoder, as in jsdom.
const { process, Buffer, URL, AbortController, AbortSignal, performance, setTimeout } = globalThis;
const context = vm.createContext({ process, Buffer, URL, AbortController, AbortSignal, performance, setTimeout });
const modules = new Map();
const resolve = (specifier, from) =>
  specifier.startsWith('.') ? new URL(specifier, from).href : pathToFileURL(createRequire(from).resolve(specifier)).href;

async function load(specifier, from) {
  const isOurs = specifier.startsWith('.') || specifier.startsWith('file:');
  const url = isOurs ? new URL(specifier, from).href : specifier;
  if (!modules.has(url)) modules.set(url, isOurs ? source(url) : await outer(url, from));
  return modules.get(url);
}
function source(url) {
  return new vm.SourceTextModule(readFileSync(fileURLToPath(url), 'utf8'), {
    context,
    identifier: url,
    initializeImportMeta: (meta) => void (meta.url = url),
    importModuleDynamically: (specifier) => ready(load(specifier, url)),
  });
}
async function outer(specifier, from) {
  const isBuiltin = builtinModules.includes(specifier.replace('node:', ''));
  const namespace = await import(isBuiltin ? specifier : resolve(specifier, from));
  const names = Object.keys(namespace);
  return new vm.SyntheticModule(names, function () { for (const name of names) this.setExport(name, namespace[name]); }, { context });
}
async function ready(promise) {
  const module = await promise;
  if (module.status === 'unlinked') await module.link((specifier, { identifier }) => load(specifier, identifier));
  if (module.status === 'linked') await module.evaluate();
  return module;
}
const main = \`
import { classificationMetrics, dense, Model, sequential, tanh, train, readMatrix, writeMatrix } from './index.js';
const data = Float64Array.from({ length: 80 }, (_, i) => Math.sin(i * i));
const inputs = { data, shape: [40, 2] };
const network = sequential([dense(3), tanh()]);
const { model } = await train({ network, inputs, targets: inputs, stop: { iterations: 2 } });
const S = await model.predict(inputs);
export const outside = !(S.data instanceof Float64Array);
await model.predict(S);
await train({ network, inputs: S, targets: S, stop: { iterations: 2 }, initialize: model.theta });
const labels = Array.from(S.data.subarray(0, 40), (x) => (x > 0 ? 1 : 0));
export const { samples } = classificationMetrics(S, labels, { classes: [0, 1], scores: 'logits' });
await model.save(process.argv[2] + '/m.gnv');
const again = await Model.load(process.argv[2] + '/m.gnv');
export const same = again.predictSync(inputs).data.join() === S.data.join();
await writeMatrix(process.argv[2] + '/m.npy', S);
await writeMatrix(process.argv[2] + '/m.csv', S);
export const rows = (await readMatrix(process.argv[2] + '/m.csv')).shape[0];
export const code = await readMatrix(process.argv[2] + '/none.npy').catch((error) => error.code);
\`;
const file = process.argv[3];
const entry = new vm.SourceTextModule(main, { context, identifier: file });
const { outside, samples, same, rows, code } = (await ready(Promise.resolve(entry))).namespace;
console.log(JSON.stringify({ outside, samples, same, rows, code }));
`;

t.test('the whole package in a context', async (t) => {
  const folder = projectFolder();
  const script = `${t.testdir({ 'context.mjs': inContext })}/context.mjs`;
  const options = { cwd: folder, timeout: 60_000 };
  const flags = ['--experimental-vm-modules', '--no-warnings'];
  const { status, output } = await runFile([...flags, script, folder, `file://${root}dist/main.js`], options);
  t.equal(status, 0, output);
  t.strictSame(JSON.parse(output), { outside: true, samples: 40, same: true, rows: 40, code: 'ERR_DATA_FILE' });
});

t.test('arrays of other types are still refused', async (t) => {
  t.notOk(types.isFloat64Array(other.Float32Array.of(1)));
  t.throws(() => matrix(other.Int32Array.of(1), [1, 1]), { code: 'ERR_OPTION' });
  t.throws(() => oneHot(other.Float64Array.of(1), [0, 1]), { code: 'ERR_LABEL' });
});
