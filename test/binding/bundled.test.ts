/** @file The package taken into a bundle by mistake, and kept external as it should be. */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import { projectFolder, runFile } from '../support/scripts.js';

const require = createRequire(import.meta.url);
/** The one that tsx brings along. */
const esbuild = createRequire(require.resolve('tsx'))('esbuild');

const folder = projectFolder();
const entry = join(folder, 'in.mjs');
writeFileSync(
  entry,
  `import { dense, trainSync } from 'gnvpro';
const data = { inputs: [[1], [2], [3]], targets: [[1], [2], [4]] };
for (const backend of ['js', 'native']) {
  try {
    console.log(backend, trainSync({ ...data, network: dense(2), backend, stop: { iterations: 1 } }).report.stop.status);
  } catch ({ code, message }) { console.log(backend, code, message); }
}`,
);

async function bundle(format: 'cjs' | 'esm', external: string[]) {
  const outfile = join(folder, 'out', format === 'cjs' ? 'out.cjs' : 'out.mjs');
  const options = { entryPoints: [entry], bundle: true, platform: 'node', format, external, outfile };
  await esbuild.build({ ...options, logLevel: 'silent' });
  return runFile([outfile], { cwd: folder, timeout: 60_000 });
}

for (const format of ['cjs', 'esm'] as const) {
  t.test(`${format}: bundled`, async (t) => {
    const { status, output } = await bundle(format, []);
    t.equal(status, 0, output);
    t.match(output, /^js iterationLimit$/m, 'the TypeScript backend works');
    t.match(output, /^native ERR_ADDON_MISSING gnvpro was bundled: .*Keep the package external/m);
  });

  t.test(`${format}: external`, async (t) => {
    const { status, output } = await bundle(format, ['gnvpro']);
    t.equal(status, 0, output);
    t.match(output, /^js iterationLimit\nnative iterationLimit$/m);
  });
}
