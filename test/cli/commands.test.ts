/** @file The commands on small data: what they write, what they tell, how they end. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { GnvproError } from '../../lib/errors.js';
import { dense, Model, Random, readMatrix, sequential, tanh, train, writeMatrix } from '../../lib/index.js';
import { gnvpro, main, start, type Told } from '../support/cli.js';
import { failingAt } from '../support/failingAt.js';

const folder = t.testdir();
const at = (...parts: string[]) => join(folder, ...parts);

const random = new Random(4);
const inputs = { data: Float64Array.from({ length: 200 }, () => random.uniform(-1, 1)), shape: [100, 2] as const };
const targets = {
  data: Float64Array.from({ length: 100 }, (_, i) => Math.sin(2 * inputs.data[2 * i]) + inputs.data[2 * i + 1] ** 2),
  shape: [100, 1] as const,
};
await writeMatrix(at('inputs.npy'), inputs);
await writeMatrix(at('targets.npy'), targets);
const rows = Array.from({ length: 100 }, (_, i) => [inputs.data[2 * i], targets.data[i], inputs.data[2 * i + 1]]);
await writeMatrix(at('data.csv'), rows, { header: ['x', 'value', 'y'] });

const job = {
  inputs: 'inputs.npy',
  targets: 'targets.npy',
  split: { training: [0, 60], validation: [60, 80], test: [80, 100] },
  network: sequential([dense(6), tanh()]),
  stop: { iterations: 12 },
  seed: 2,
};
function writeJob(name: string, changes: object = {}): string {
  writeFileSync(at(name), JSON.stringify({ ...job, ...changes }));
  return at(name);
}
const jobFile = writeJob('job.json');
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

t.test('train: model, history and report of the training that the API does', async (t) => {
  const { code, stdout, stderr } = await gnvpro(t, 'train', jobFile, '--out', at('result'));
  t.equal(code, 0, stderr);
  t.strictSame(readdirSync(at('result')).sort(), ['history.jsonl', 'model.gnvpro', 'report.json']);
  const part = (first: number, end: number) => ({
    inputs: { data: inputs.data.slice(2 * first, 2 * end), shape: [end - first, 2] },
    targets: { data: targets.data.slice(first, end), shape: [end - first, 1] },
  });
  const { model, report } = await train({
    network: job.network,
    ...part(0, 60),
    validation: part(60, 80),
    stop: job.stop,
    seed: 2,
  });
  t.strictSame((await Model.load(at('result/model.gnvpro'))).theta, model.theta, 'the same bits');
  const history = lines(readFileSync(at('result/history.jsonl'), 'utf8'));
  t.strictSame(
    history.map(({ seconds, ...record }) => record),
    report.iterations.map(({ seconds, ...record }) => record),
  );
  const saved = json(at('result/report.json'));
  t.equal(saved.stop.status, 'iterationLimit');
  t.equal(saved.job.inputs, at('inputs.npy'), 'absolute, to be found later');
  const { samples, rmse } = await model.evaluate(part(80, 100).inputs, part(80, 100).targets);
  t.hasStrict(saved.metrics.test, { samples, rmse });
  t.equal(saved.metrics.training.samples, 60);
  t.equal(saved.metrics.validation.samples, 20);
  t.match(saved, { gnvpro: String, date: String, machine: { cpu: String }, used: { optimizer: { type: 'gnvpro' } } });
  const events = lines(stdout);
  t.strictSame(
    events.slice(0, -1),
    history.map((record) => ({ event: 'iteration', ...record })),
  );
  t.hasStrict(events.at(-1), { event: 'done', stop: saved.stop, metrics: saved.metrics, out: at('result') });
});

t.test('train: all from options, a .csv for both, the same bits', async (t) => {
  const data = [
    '--inputs',
    at('data.csv'),
    '--inputs.columns',
    'x,y',
    '--targets',
    at('data.csv'),
    '--targets.columns',
    '1:2',
  ];
  const rest = ['--network', JSON.stringify(job.network), '--split', JSON.stringify(job.split), '--seed', '2'];
  const args = ['--out', at('options'), ...data, ...rest, '--stop.iterations', '12', '--format', 'none'];
  const { code, stdout, stderr } = await gnvpro(t, 'train', ...args);
  t.strictSame([code, stdout, stderr], [0, '', '']);
  t.strictSame(readFileSync(at('options/history.jsonl'), 'utf8').split('\n').length, 14);
  const [one, other] = await Promise.all(['result', 'options'].map((name) => Model.load(at(name, 'model.gnvpro'))));
  t.strictSame(one.theta, other.theta);
});

t.test('train: fractions, a permutation file, own validation and test files', async (t) => {
  const order = new Random(1).permutation(100);
  await writeMatrix(at('order.npy'), { data: Float64Array.from(order), shape: [100, 1] });
  const trained = async (name: string, changes: object) => {
    const { code, stderr } = await gnvpro(t, 'train', writeJob(`${name}.json`, changes), '--out', at(name));
    t.equal(code, 0, stderr);
    return json(at(name, 'report.json')).metrics;
  };
  const fractions = await trained('fractions', { split: { validation: 0.2, test: 0.1 } });
  t.strictSame([fractions.training.samples, fractions.validation.samples, fractions.test.samples], [70, 20, 10]);
  const permuted = await trained('permuted', { split: { ...job.split, permutation: 'order.npy' } });
  const rowsOf = (first: number, end: number) => Array.from(order.slice(first, end).sort(), (row) => rows[row]);
  await writeMatrix(at('held.csv'), rowsOf(60, 80));
  await writeMatrix(at('tested.csv'), rowsOf(80, 100));
  await writeMatrix(at('rest.csv'), rowsOf(0, 60));
  const files = (file: string) => ({ inputs: { file, columns: [0, 2] }, targets: { file, columns: [1] } });
  const separate = await trained('separate', {
    ...files('rest.csv'),
    split: undefined,
    validation: files('held.csv'),
    test: files('tested.csv'),
  });
  t.strictSame(separate, permuted, 'the same rows by other ways');
  const drawn = await trained('drawn', { split: undefined, validation: 0.2 });
  t.strictSame([drawn.training.samples, drawn.validation, drawn.test], [100, null, null], 'the library draws');
});

t.test('train: goes on from a model, starts from given weights', async (t) => {
  const more = ['--out', at('more'), '--initial', at('result/model.gnvpro'), '--stop.iterations', '3'];
  const first = await gnvpro(t, 'train', writeJob('initial.json', { network: undefined }), ...more);
  t.equal(first.code, 0, first.stderr);
  const [before, after] = ['result', 'more'].map((name) => json(at(name, 'report.json')));
  t.ok(
    after.best.objective < before.iterations?.[0]?.objective || after.best.validation <= before.best.validation * 1.5,
  );
  const { theta } = await Model.load(at('result/model.gnvpro'));
  await writeMatrix(at('theta.npy'), { data: theta, shape: [theta.length, 1] });
  const args = [
    '--out',
    at('given'),
    '--initialize',
    JSON.stringify({ file: at('theta.npy') }),
    '--stop.iterations',
    '1',
  ];
  const second = await gnvpro(t, 'train', jobFile, ...args);
  t.equal(second.code, 0, second.stderr);
  const history = lines(readFileSync(at('given/history.jsonl'), 'utf8'));
  t.equal(history[0].validation, before.best.validation, 'the start is the model of before');
});

t.test('predict, to both formats, and evaluate', async (t) => {
  const model = await Model.load(at('result/model.gnvpro'));
  const { data } = await model.predict(inputs);
  for (const [file, ...args] of [
    [at('inputs.npy')],
    [at('data.csv'), '--columns', 'x,y', '--threads', '2'],
    [at('data.csv'), '--columns', '0,2', '--header', 'true'],
  ]) {
    for (const out of ['predictions.npy', 'predictions.csv']) {
      const { code, stdout, stderr } = await gnvpro(
        t,
        'predict',
        at('result/model.gnvpro'),
        file,
        '--out',
        at(out),
        ...args,
      );
      t.strictSame([code, stdout, stderr], [0, '', '']);
      t.strictSame((await readMatrix(at(out))).data, data, `${file} → ${out}`);
    }
  }
  const files = ['--inputs', at('inputs.npy'), '--targets', at('data.csv'), '--targets.columns', 'value'];
  const evaluated = await gnvpro(t, 'evaluate', at('result/model.gnvpro'), ...files);
  t.hasStrict(JSON.parse(evaluated.stdout), { samples: 100, rmse: (await model.evaluate(inputs, targets)).rmse });
  const text = await gnvpro(t, 'evaluate', at('result/model.gnvpro'), ...files, '--format', 'text');
  t.match(text.stdout, /samples +relative error +worst sample +RMSE +R²\ndata +100 +[\d.]+ % /);
});

t.test('info: the installation, a model, data files', async (t) => {
  const told = async (...args: string[]) => (await gnvpro(t, 'info', ...args)).stdout;
  t.match(JSON.parse(await told()), { gnvpro: String, blas: String, simd: String, node: process.version });
  t.match(await told('--format', 'text'), /^gnvpro +0\./);
  const model = JSON.parse(await told(at('result/model.gnvpro')));
  t.match(model, { inputs: 2, outputs: 1, features: 6, weights: 25, training: { seed: 2 } });
  t.match(
    await told(at('result/model.gnvpro'), '--format', 'text'),
    /^gnvpro model: 2 inputs → 6 features → 1 outputs/,
  );
  t.match(JSON.parse(await told(at('inputs.npy'))), { shape: [100, 2] });
  t.match(await told(at('data.csv')), /"x","value","y"/);
});

t.test('what was asked wrongly: exit code 1, a sentence, nothing written', async (t) => {
  writeFileSync(at('broken.json'), '{\n  "inputs": "a.npy",\n  "targets" "b.npy"\n}');
  writeFileSync(at('empty.csv'), 'x,y\n1,2\n3,\n');
  writeFileSync(at('model.txt'), 'not a model');
  const out = at('nothing');
  let count = 0;
  const wrong = (changes: object, ...args: string[]) => [
    'train',
    writeJob(`wrong${count++}.json`, changes),
    '--out',
    out,
    ...args,
  ];
  const cases: [args: string[], message: RegExp][] = [
    [['tune'], /unknown command 'tune'/],
    [['train', jobFile], /required option '--out <folder>' not specified/],
    [['train', jobFile, '--out', out, '--stop.iteration', '3'], /unknown option '--stop\.iteration'.*Did you mean/s],
    [['train', at('absent.json'), '--out', out], /job file .*absent\.json cannot be read: ENOENT/],
    [['train', at('broken.json'), '--out', out], /Expected JSON in .*broken\.json, line 3, column 13/],
    [wrong({ network: { type: 'dense', unit: 3 } }), /2 problems:\n {2}Expected "units".*\n {2}Unknown key "unit"/],
    [wrong({ network: { type: 'dens' } }), /received type "dens"\. Known types: .*dense/],
    [wrong({}, '--levels', 'three'), /Expected an integer .* for --levels but received "three"/],
    [wrong({}, '--levels', '0'), /Expected an integer of at least 1 and of at most 20 for levels but received 0/],
    [wrong({ inputs: 'absent.npy' }), /absent\.npy/],
    [wrong({ inputs: 'empty.csv' }), /line 3, column 2/],
    [wrong({ targets: { file: 'data.csv', columns: ['z'] } }), /\(x, value, y\).*"z"/s],
    [wrong({ targets: 'inputs.npy', split: { training: [0, 101] } }), /training has \[0, 101\]/],
    [wrong({ validation: 0.2 }), /either validation or split\.validation but received both/],
    [wrong({ initial: 'model.txt', network: undefined }), /not a gnvpro model file/],
    [
      wrong({ test: { inputs: 'targets.npy', targets: 'targets.npy' }, split: undefined }),
      /Expected 2 columns for test\.inputs/,
    ],
    [wrong({ network: undefined }), /Expected a layer for network/],
    [['train', jobFile, '--out', at('job.json', 'x')], /ENOTDIR/],
    [['predict', at('result/model.gnvpro'), at('targets.npy'), '--out', at('no.npy')], /Expected N × 2 inputs/],
    [['predict', at('result/model.gnvpro'), at('inputs.npy'), '--out', at('no.txt')], /\.npy.*\.csv/],
    [['predict', at('absent.gnvpro'), at('inputs.npy'), '--out', at('no.npy')], /ENOENT/],
    [
      ['predict', at('result/model.gnvpro'), at('inputs.npy'), '--out', at('no.npy'), '--threads', '0'],
      /integer of at least 1/,
    ],
    [['evaluate', at('result/model.gnvpro'), '--inputs', at('inputs.npy')], /required option '--targets <file>'/],
    [['info', at('model.txt')], /not a gnvpro model file/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await gnvpro(t, ...args);
    t.equal(code, 1, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, message);
  }
  t.notOk(existsSync(out) && readdirSync(out).length > 0, 'no results');
  t.notOk(existsSync(at('no.npy')));
});

t.test('help of every command', async (t) => {
  for (const command of [[], ['train'], ['predict'], ['evaluate'], ['report'], ['info']]) {
    const { code, stdout } = await gnvpro(t, ...command, '--help');
    t.equal(code, 0);
    t.match(stdout, /^Usage: gnvpro/);
  }
});

t.test('principal components by options', async (t) => {
  const pca = ['--scaling.inputs.type', 'pca', '--scaling.inputs.components', '1'];
  const { code, stderr } = await gnvpro(t, 'train', jobFile, '--out', at('components'), ...pca);
  t.equal(code, 0, stderr);
  const { used } = json(at('components/report.json'));
  t.strictSame(used.scaling, { inputs: { type: 'pca', components: 1 }, targets: 'uniform' });
  const model = await Model.load(at('components/model.gnvpro'));
  t.strictSame([model.inputs, model.theta.length], [2, 12], 'one column to six units, and biases');
});

t.test('a numerical failure: exit code 2, and results of before stay', async (t) => {
  mkdirSync(at('kept'));
  writeFileSync(at('kept/model.gnvpro'), 'of before');
  const huge = {
    network: { type: 'dense', units: 3, initializer: { scale: 1e300 } },
    scaling: { inputs: { shift: [0, 0], scale: [1e-300, 1e-300] } },
  };
  const { code, stderr } = await gnvpro(t, 'train', writeJob('huge.json', huge), '--out', at('kept'));
  t.equal(code, 2, stderr);
  t.match(stderr, /could not start/);
  t.strictSame(readdirSync(at('kept')), ['model.gnvpro']);
  t.equal(readFileSync(at('kept/model.gnvpro'), 'utf8'), 'of before');
});

for (const { code, message } of [
  { code: 'ERR_LAPACK', message: 'The LAPACK routine dsyevd failed with info = 3.' },
  { code: 'ERR_MEMORY', message: 'There is not enough memory for this operation.' },
] as const) {
  t.test(`${code} while it trains: exit code 2, the best model is saved`, async (t) => {
    const file = writeJob('failing.json', { backend: 'js' });
    let told!: Told;
    await failingAt(20, new GnvproError(code, message), async () => {
      told = await gnvpro(t, 'train', file, '--out', at(code));
    });
    t.equal(told.code, 2, told.stderr);
    t.match(told.stderr, `The training failed. ${message} The model is the best point until then;`);
    const { stop, best } = json(at(code, 'report.json'));
    t.equal(stop.status, 'failed');
    const { training } = await Model.load(at(code, 'model.gnvpro'));
    t.hasStrict(training?.best, { objective: best.objective });
  });
}

const endless = {
  optimizer: { type: 'adam' }, // which finds no end by itself
  stop: { gradient: 0, objective: 0, step: 0, workUnits: 1e12, patience: 1e9 },
  regularization: { theta: 1e-3 },
};

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  t.test(`${signal} while it trains: exit code ${code}, the best model is saved`, async (t) => {
    const file = writeJob('endless.json', endless);
    const running = start(process.execPath, main, 'train', file, '--out', at(signal));
    await running.shows('"iteration":2,');
    running.child.kill(signal);
    const ended = await running;
    t.strictSame([ended.code, ended.signal], [code, null], ended.stderr);
    t.match(ended.stderr, new RegExp(`Interrupted by ${signal}\\. The best model so far is saved`));
    const { stop, best } = json(at(signal, 'report.json'));
    t.equal(stop.status, 'aborted');
    const { training } = await Model.load(at(signal, 'model.gnvpro'));
    t.hasStrict(training?.best, { objective: best.objective });
  });
}

t.test('a job on standard input; the process ends by itself', async (t) => {
  const running = start(process.execPath, main, 'train', '-', '--out', at('stdin'));
  running.child.stdin?.end(JSON.stringify({ ...job, inputs: at('inputs.npy'), targets: at('targets.npy') }));
  const { code, stderr } = await running;
  t.equal(code, 0, stderr);
  t.strictSame((await Model.load(at('stdin/model.gnvpro'))).theta, (await Model.load(at('result/model.gnvpro'))).theta);
});

const skip = existsSync('/usr/bin/script') ? false : 'script(1) is needed for a terminal';
t.test('a bar and a table on a terminal', { skip }, async (t) => {
  const command = `'${process.execPath}' '${main}' train '${jobFile}' --out '${at('terminal')}'`;
  const { code, stdout } = await start('script', '-qec', command, '/dev/null');
  t.equal(code, 0, stdout);
  t.match(stdout, /iterationLimit: 12 iterations are done\./);
  t.match(stdout, /test +20 +[\d.]+ % /);
  t.match(stdout, /starting|iteration \d+ /, 'the bar');
  t.notMatch(stdout, /"event"/);
});
