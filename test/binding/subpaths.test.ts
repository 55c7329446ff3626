/** @file What `import 'gnvpro'` loads, and what stands behind the other paths of the package. */
import t from 'tap';
import { projectFolder, runScript } from '../support/scripts.js';

const folder = projectFolder();
const hooks = `import { writeSync } from 'node:fs';
export function load(url, context, next) {
  writeSync(1, url + '\\n');
  return next(url, context);
}`;

/** Addresses of all modules that importing a path loads. */
async function loadedBy(path: string): Promise<string[]> {
  const address = JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`);
  const script = `import { register } from 'node:module'; register(${address}); await import('${path}');`;
  const { status, output } = await runScript(folder, 'import.mjs', script);
  t.equal(status, 0, output);
  return output.trim().split('\n');
}

t.test('the trainer alone', async (t) => {
  const loaded = await loadedBy('gnvpro');
  t.ok(loaded.some((url) => url.endsWith('/dist/train/train.js')));
  const others = /\/dist\/(problems|datasets|experiments|cli|schema|page)\/|\/node_modules\/(?!gnvpro\/)/;
  t.strictSame(
    loaded.filter((url) => others.test(url)),
    [],
    `${loaded.length} modules`,
  );
});

t.test('problems, data sets and experiments by paths of their own', async (t) => {
  const { output } = await runScript(
    folder,
    'paths.mjs',
    `import { generateCdr, generateCircle } from 'gnvpro/problems';
    import { dataSets } from 'gnvpro/datasets';
    import { experiments } from 'gnvpro/experiments';
    const names = [dataSets, experiments].map((list) => list.map(({ name }) => name));
    console.log(JSON.stringify([typeof generateCdr, generateCircle({ samples: 3 }).inputs.shape, ...names]));`,
  );
  t.strictSame(JSON.parse(output), [
    'function',
    [3, 2],
    ['cdr', 'dcr', 'indian-pines', 'cifar-10'],
    ['cdr', 'dcr', 'jasper', 'indian-pines-lda9', 'cifar-10', 'circle', 'peaks'],
  ]);
  t.notOk((await loadedBy('gnvpro/problems')).some((url) => url.endsWith('/dist/train/train.js')));
});
