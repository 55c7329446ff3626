/**
 * @file Every block of README.md, SECURITY.md and docs/*.md does what it says. The rule for who writes a page:
 *
 * - A page has a folder and a process of its own, where its blocks run from top to bottom, within a few seconds. The
 *   folder has the package installed, `examples/`, and the files of support/pageFolder.ts: job.json,
 *   measurements.csv (temperature, pressure, yield), new.csv (without yield), other.csv and flowers.csv. Files that a block
 *   writes are there for those below it, e.g. a model for `npx gnvpro predict`.
 * - `js` is a module that is complete: it imports what it uses, lets no error out, and leaves no timer, server or worker
 *   behind. All of them run.
 * - `sh` is run by bash, ends with 0 and finds `npx gnvpro`, `gnvpro` and the programs that this repository installs.
 *   What cannot run says so and why behind its language: `sh not run: needs Slurm`.
 * - `ts` has right types (strict, Node's module resolution), but is not run. `json` can be read, and is a right job
 *   where it has a network.
 * - `javascript`, `c` and `html` show a file of `examples/`, to the letter; the test of that example runs it.
 * - Other blocks (output without a language, `ini`, …) are only shown.
 * - Links lead to files and headings that are there, and docs/README.md has every page.
 *
 * @alone: all this takes long.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { checkJob } from '../../lib/schema/validate.js';
import { type Block, blocksOf } from '../docs/support/blocks.js';
import { pageFolder } from '../docs/support/pageFolder.js';
import { projectFolder, root, runFile } from '../support/scripts.js';

const guide = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const pages = ['README.md', 'SECURITY.md', ...guide.map((name) => `docs/${name}`)].filter((page) =>
  existsSync(join(root, page)),
);
const blocks = new Map(pages.map((page) => [page, blocksOf(page)]));

t.test('the package is built', async (t) => {
  t.ok(existsSync(join(root, 'dist/index.js')), 'dist/ exists: npm test builds it, as does npm run build:ts');
});

t.jobs = 2;
for (const [page, all] of blocks) {
  const runs = all.filter(({ language, remark }) => ['js', 'sh'].includes(language) && remark === '');
  if (runs.length > 0) t.test(`${page}: ${runs.length} blocks run`, { buffered: true }, (t) => runBlocks(t, runs));
}

async function runBlocks(t: Test, runs: readonly Block[]): Promise<void> {
  const folder = pageFolder();
  const file = join(folder, 'blocks.json');
  writeFileSync(file, JSON.stringify(runs));
  const PATH = [join(folder, 'node_modules/.bin'), join(root, 'node_modules/.bin'), process.env.PATH].join(':');
  const script = join(root, 'test/docs/support/runPage.mjs');
  const { status, output } = await runFile([script, file], { cwd: folder, timeout: 150_000, env: { PATH } });
  const ended: { line: number; error: string | null }[] = existsSync(`${file}.ended`)
    ? readFileSync(`${file}.ended`, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
  for (const { line } of runs) {
    const end = ended.find((end) => end.line === line);
    t.equal(end?.error, null, `the block in line ${line}${end === undefined ? ' ends' : ''}`);
  }
  t.equal(status, 0, `the process ends by itself: ${output.slice(-2000)}`);
}

t.test('blocks that are not run say why', async (t) => {
  for (const [page, all] of blocks)
    for (const { language, remark, line } of all)
      if (remark !== '') t.match(`${language} ${remark}`, /^sh not run: \w/, `${page}, line ${line}`);
});

t.test('blocks of TypeScript have right types', async (t) => {
  const folder = projectFolder();
  const files = [...blocks].flatMap(([page, all]) =>
    all
      .filter(({ language }) => language === 'ts')
      .map(({ line, code }) => [`${page.replace(/\W/g, '-')}-line-${line}.ts`, code]),
  );
  if (files.length === 0) return;
  for (const [name, code] of files) writeFileSync(join(folder, name), code);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const options = [
    '--strict',
    '--noEmit',
    '--skipLibCheck',
    '--module',
    'nodenext',
    '--target',
    'es2023',
    '--lib',
    'es2023,esnext.disposable',
  ];
  const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const names = files.map(([name]) => name);
  const { status, output } = await runFile([tsc, ...options, ...types, ...names], { cwd: folder, timeout: 60_000 });
  t.equal(status, 0, output || `${names.length} blocks`);
});

t.test('blocks of JSON can be read, and jobs are right', async (t) => {
  for (const [page, all] of blocks) {
    for (const { line, code } of all.filter(({ language }) => language === 'json')) {
      const value = JSON.parse(code);
      if ('network' in value) checkJob(value, `${page}, line ${line}`);
      t.pass(`${page}, line ${line}`);
    }
  }
});

t.test('files of examples are shown as they are', async (t) => {
  const examples = readdirSync(join(root, 'examples'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
  for (const [page, all] of blocks)
    for (const { line, code } of all.filter(({ language }) => ['javascript', 'c', 'html'].includes(language)))
      t.ok(examples.includes(code), `${page}, line ${line}`);
});

t.test('links lead somewhere', async (t) => {
  for (const page of [...pages, 'CONTRIBUTING.md', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES.md']) {
    const text = readFileSync(join(root, page), 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
    for (const [, target, anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)) {
      const file = target === '' ? page : join(dirname(page), target);
      t.ok(existsSync(join(root, file)), `${page} → ${target}`);
      if (anchor !== '' && existsSync(join(root, file)))
        t.ok(anchorsOf(file).includes(anchor), `${page} → ${target}#${anchor}`);
    }
  }
});

t.test('the index has every page', async (t) => {
  const index = readFileSync(join(root, 'docs/README.md'), 'utf8');
  for (const name of guide.filter((name) => name !== 'README.md')) t.ok(index.includes(`](${name})`), name);
});

/** As code hosts make them from headings. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(join(root, file), 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}
