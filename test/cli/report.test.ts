/** @file `gnvpro report`: pages about trainings, with their data, without, and of folders that are no results. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { documentOf } from '../../lib/cli/page/document.js';
import { readResults } from '../../lib/cli/savedResults.js';
import { dense, Model, Random, writeMatrix } from '../../lib/index.js';
import { numberText } from '../../lib/page/numbers.js';
import { gnvpro, main, start } from '../support/cli.js';

const folder = t.testdir();
const at = (...parts: string[]) => join(folder, ...parts);
const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const page = (...parts: string[]) => readFileSync(at(...parts, 'report.html'), 'utf8');
const title = (text: string, name: string) => text.includes(`<h2>${name}`);

const random = new Random(6);
const samples = 120;
const rows = Array.from({ length: samples }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
const outputs = (x: number, y: number) => Array.from({ length: 12 }, (_, k) => Math.sin(x + (k * y) / 4));
mkdirSync(at('data/more'), { recursive: true });
await writeMatrix(at('data/inputs.npy'), rows);
await writeMatrix(
  at('data/more/targets.npy'),
  rows.map(([x, y]) => outputs(x, y)),
);
const names = rows.map(([x, y]) => (x * x + y * y < 0.4 ? '<b>inner</b>' : 'outer'));
writeFileSync(at('data/names.csv'), `name\n${names.join('\n')}\n`);

const job = {
  inputs: at('data/inputs.npy'),
  targets: at('data/more/targets.npy'),
  split: { training: [0, 80], validation: [80, 100], test: [100, 120] },
  network: dense(6, { activation: 'tanh' }),
  stop: { iterations: 8 },
};
async function trained(name: string, changes: object = {}): Promise<void> {
  writeFileSync(at(`${name}.json`), JSON.stringify({ ...job, ...changes }));
  const { code, stderr } = await gnvpro(t, 'train', at(`${name}.json`), '--out', at(name), '--format', 'none');
  if (code !== 0) throw new Error(stderr);
}
await trained('result');
const classifier = { targets: { file: at('data/names.csv'), header: true }, loss: 'crossEntropy', seed: 1 };
await trained('classes', { ...classifier, starts: 2, refit: true });

t.test('a regression: convergence, predictions, outputs, and what report.json says', async (t) => {
  const { code, stdout, stderr } = await gnvpro(t, 'report', at('result'), '--unit', 'K');
  t.strictSame([code, stdout, stderr], [0, `${at('result/report.html')}\n`, '']);
  const text = page('result');
  for (const name of ['Results', 'Convergence', 'Predicted against true: test samples', 'Outputs of single samples'])
    t.ok(title(text, name), name);
  t.notOk(title(text, 'What is not shown'));
  const [, scatter] = text.split(/<h2>Predicted against true|<h2>Outputs/);
  t.equal(scatter.match(/<circle/g)?.length, 20 * 12, 'a dot a value');
  const { metrics, stop, workUnits } = json(at('result/report.json'));
  const mean = Number((100 * metrics.test.relativeError.mean).toPrecision(3));
  t.match(text, `On the 20 test samples, the mean relative error is ${mean} %, that of the worst sample`);
  t.ok(text.includes(stop.message.replaceAll("'", '&#39;')));
  t.match(text, `${workUnits} work units`);
  t.match(text, /true \(K\)/);
  t.match(text, /root mean square error/, 'the metric of validation');
});

t.test('predictions are those of the model, for the samples of the test', async (t) => {
  const call = { signal: undefined, threads: undefined };
  const options = { unit: '' };
  const { outputs: shown, fields } = await documentOf(await readResults(at('result')), at('result'), options, call);
  const tested = rows.slice(100);
  const { data } = await (await Model.load(at('result/model.gnvpro'))).predict(tested);
  const truth = tested.flatMap(([x, y]) => outputs(x, y));
  t.equal(shown?.each.length, 12);
  for (const [k, { name, points, errors }] of (shown?.each ?? []).entries()) {
    const [of, by] = [truth, [...data]].map((values) => values.filter((_, i) => i % 12 === k));
    t.strictSame(
      points,
      of.map((value, n) => [value, by[n]]),
    );
    const off = of.map((value, n) => by[n] - value);
    const mean = of.reduce((sum, value) => sum + value, 0) / 20;
    const squares = (values: number[]) => values.reduce((sum, value) => sum + value * value, 0);
    t.equal(name, `output ${k}`);
    t.strictSame(errors.slice(0, 3), [
      numberText(Math.sqrt(squares(off) / 20)),
      numberText(1 - squares(off) / squares(of.map((value) => value - mean)), 4),
      numberText(Math.max(...off.map(Math.abs))),
    ]);
  }
  const errors = tested.map((_, n) => {
    const off = (k: number) => data[12 * n + k] - truth[12 * n + k];
    return (
      Math.hypot(...truth.slice(12 * n, 12 * n + 12).map((_, k) => off(k))) /
      Math.hypot(...truth.slice(12 * n, 12 * n + 12))
    );
  });
  const worst = errors.indexOf(Math.max(...errors));
  t.strictSame(fields[1].truth, truth.slice(12 * worst, 12 * worst + 12));
  t.match(fields[1].title, `number ${worst}`);
});

t.test('outputs as a field; another file; a title', async (t) => {
  const args = ['--field', '3x4', '--out', at('field.html'), '--title', 'A <title>'];
  const { code, stderr } = await gnvpro(t, 'report', at('result'), ...args);
  t.equal(code, 0, stderr);
  const text = readFileSync(at('field.html'), 'utf8');
  t.match(text, '<h1>A &#60;title&#62;</h1>');
  t.equal(text.match(/<img class="grid" width="4" height="3"/g)?.length, 6, 'two samples, three pictures each');
  const wrong = await gnvpro(t, 'report', at('result'), '--field', '5x5');
  t.equal(wrong.code, 1);
  t.match(wrong.stderr, /rows × columns of 12 outputs for --field but received 5x5/);
});

t.test('a classifier: runs, confusion matrix, map, names that look like markup', async (t) => {
  const { code, stderr } = await gnvpro(t, 'report', at('classes'), '--map', '10x12');
  t.equal(code, 0, stderr);
  const text = page('classes');
  t.ok(title(text, 'Confusion matrix') && title(text, 'Map of the classes'));
  t.match(text, 'GNvpro, training, 2 seeds');
  t.match(text, 'GNvpro, refit');
  t.notMatch(text, '<b>inner');
  t.match(text, '&#60;b&#62;inner&#60;/b&#62;');
  const inner = names.filter((name) => name !== 'outer').length;
  t.match(text, `inner&#60;/b&#62; (${inner})`);
  const { confusion } = json(at('classes/report.json')).metrics.test;
  const cells = [...text.matchAll(/<td class="(?:hit|miss)[^>]*>(?:<span class="nil">)?(\d+)/g)].map(([, n]) =>
    Number(n),
  );
  t.strictSame(cells, confusion.flat());
});

t.test('data that were moved, changed, or are gone', async (t) => {
  renameSync(at('data'), at('moved'));
  const gone = await gnvpro(t, 'report', at('result'));
  t.equal(gone.code, 0, 'the rest is shown');
  t.match(gone.stderr, /data of the training are needed.*\.npy cannot be read/);
  t.ok(title(page('result'), 'What is not shown') && title(page('result'), 'Convergence'));
  t.notOk(title(page('result'), 'Predicted'));
  const moved = await gnvpro(t, 'report', at('result'), '--data', at('moved'));
  t.strictSame([moved.code, moved.stderr], [0, '']);
  t.ok(title(page('result'), 'Predicted against true: test samples'));
  cpSync(at('moved'), at('changed'), { recursive: true });
  await writeMatrix(
    at('changed/more/targets.npy'),
    rows.map(([x, y]) => outputs(x + 0.1, y)),
  );
  t.match((await gnvpro(t, 'report', at('result'), '--data', at('changed'))).stderr, /have changed since the training/);
  for (const [name, matrix] of [
    ['more/targets.npy', rows],
    ['inputs.npy', rows.map(([x]) => [x])],
    ['inputs.npy', rows.slice(0, 90)],
  ] as const) {
    rmSync(at('changed'), { recursive: true });
    cpSync(at('moved'), at('changed'), { recursive: true });
    await writeMatrix(at('changed', name), matrix);
    const { code, stderr } = await gnvpro(t, 'report', at('result'), '--data', at('changed'));
    t.equal(code, 0, stderr);
    t.notOk(title(page('result'), 'Predicted'), stderr);
  }
  renameSync(at('moved'), at('data'));
});

/** As in reports of the first versions: what is changed on purpose would be taken for files of another training. */
function forgetDigests(folder: string): void {
  const { sha256: _, ...report } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
  writeFileSync(join(folder, 'report.json'), JSON.stringify(report, null, 2));
}

t.test('folders that are no results', async (t) => {
  const broken = (name: string, change: (folder: string) => void) => {
    cpSync(at('result'), at(name), { recursive: true });
    rmSync(at(name, 'report.html'), { force: true });
    forgetDigests(at(name));
    change(at(name));
    return ['report', at(name)];
  };
  const edit = (file: string, change: (text: string) => string) => (folder: string) =>
    writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  const cases: readonly [args: string[], message: RegExp][] = [
    [
      ['report', at('absent')],
      /Expected a folder that gnvpro train left, but in .*absent a file cannot be read: ENOENT/,
    ],
    [['report', at('result.json')], /ENOTDIR/],
    [broken('a', (folder) => rmSync(join(folder, 'history.jsonl'))), /history\.jsonl/],
    [broken('b', (folder) => rmSync(join(folder, 'model.gnvpro'))), /ENOENT.*model\.gnvpro/],
    [
      broken(
        'c',
        edit('report.json', (text) => text.slice(0, 200)),
      ),
      /Expected JSON in .*report\.json/,
    ],
    [
      broken(
        'd',
        edit('report.json', () => '[]'),
      ),
      /in .*report\.json, but it must be object/,
    ],
    [
      broken(
        'e',
        edit('report.json', (text) => text.replace('\n  "workUnits"', '\n  "units"')),
      ),
      /workUnits/,
    ],
    [
      broken(
        'f',
        edit('history.jsonl', (text) => text.slice(0, -30)),
      ),
      /Expected JSON in .*history\.jsonl, line \d+/,
    ],
    [
      broken(
        'g',
        edit('history.jsonl', (text) => text.replace('"accepted":true', '"accepted":1')),
      ),
      /line 1, but accepted/,
    ],
    [
      broken(
        'h',
        edit('history.jsonl', (text) => `${text.split('\n')[0]}\n`),
      ),
      /with iteration \d+ that its model is of/,
    ],
    [
      broken(
        'i',
        edit('report.json', (text) => text.replace('"units": 6', '"units": "six"')),
      ),
      /units/,
    ],
    [broken('j', (folder) => writeFileSync(join(folder, 'model.gnvpro'), 'no')), /not a gnvpro model file/],
    [['report', at('result'), '--map', '3x4'], /Expected a classifier for --map/],
    [['report', at('classes'), '--field', '1x2'], /Expected a model of least squares for --field/],
    [['report', at('classes'), '--map', '7x7'], /of 120 rows of inputs for --map but received 7x7/],
    [['report', at('result'), '--map', '10'], /Expected ROWSxCOLUMNS/],
    [['report', at('result'), '--out', at('absent/page.html')], /ENOENT/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await gnvpro(t, ...args);
    t.equal(code, 1, args.join(' '));
    t.equal(stdout, '');
    t.match(stderr, message);
  }
  t.notOk(existsSync(at('a/report.html')));
});

t.test('an objective that is not finite is drawn as far as it goes', async (t) => {
  cpSync(at('result'), at('broken'), { recursive: true });
  forgetDigests(at('broken'));
  const history = readFileSync(at('broken/history.jsonl'), 'utf8').trimEnd().split('\n');
  const last = { ...JSON.parse(history[history.length - 1]), objective: null, gradientNorm: null, validation: null };
  writeFileSync(at('broken/history.jsonl'), `${[...history, JSON.stringify({ ...last, iteration: 99 })].join('\n')}\n`);
  const { code, stderr } = await gnvpro(t, 'report', at('broken'));
  t.equal(code, 0, stderr);
  t.notMatch(page('broken'), /NaN/);
});

t.test('without the optional packages: what is missing, before any work', async (t) => {
  const hooks = `export const resolve = (name, context, next) => {
    if (name !== '@observablehq/plot') return next(name, context);
    throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
  };`;
  const url = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const register = `import { register } from 'node:module'; register(${JSON.stringify(url(hooks))});`;
  const { code, stderr } = await start(process.execPath, '--import', url(register), main, 'report', at('absent'));
  t.equal(code, 1, stderr);
  t.match(stderr, /needs the optional packages @observablehq\/plot, linkedom and pngjs.*--omit=optional/);
  const info = await start(process.execPath, '--import', url(register), main, 'info', '--format', 'json');
  t.equal(info.code, 0, 'the other commands do not need them');
});

t.test('nothing is left beside the page', async (t) => {
  t.strictSame(readdirSync(at('classes')).sort(), ['history.jsonl', 'model.gnvpro', 'report.html', 'report.json']);
});
