/** @file Files that are larger than what a prediction may take: memory does not grow with the samples. */
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { npyStart } from '../../lib/files/npy.js';
import { dense, fromFile, Random, train } from '../../lib/index.js';
import { root } from '../support/scripts.js';

const folder = t.testdir();
const d = 20;
const random = new Random(5);
const piece = Float32Array.from({ length: 50_000 * d }, () => random.normal());

function write(name: string, pieces: number): string {
  const path = join(folder, name);
  const fd = openSync(path, 'w');
  for (const bytes of npyStart('<f4', [50_000 * pieces, d])) writeSync(fd, bytes);
  for (let i = 0; i < pieces; i++) writeSync(fd, piece);
  closeSync(fd);
  return path;
}

/** MiB that a process of its own takes at most. */
function peakOf(script: string): number {
  const own = `${script}\nconsole.log(process.resourceUsage().maxRSS / 1024);`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', own], { encoding: 'utf8' });
  return Number(said.trim().split('\n').at(-1));
}

const [small, large] = [write('small.npy', 2), write('large.npy', 50)];
const library = JSON.stringify(pathToFileURL(join(root, 'dist/index.js')).href);
const command = JSON.stringify(pathToFileURL(join(root, 'dist/cli/cli.js')).href);

t.test('predict and evaluate', async (t) => {
  const inputs = { data: Float64Array.from(piece.subarray(0, 500 * d)), shape: [500, d] };
  const targets = { data: Float64Array.from({ length: 1000 }, (_, i) => Math.sin(inputs.data[i])), shape: [500, 2] };
  const { model } = await train({
    network: dense(8, { activation: 'tanh' }),
    inputs,
    targets,
    stop: { iterations: 3 },
  });
  const file = join(folder, 'model.gnvpro');
  await model.save(file);
  t.equal(statSync(large).size >> 20, 190);
  const scripts = {
    library: (path: string, to: string) =>
      `import { fromFile, Model } from ${library}; const model = await Model.load(${JSON.stringify(file)});
       const y = await model.predict(fromFile(${JSON.stringify(path)}), { to: ${JSON.stringify(to)} });
       await model.evaluate(fromFile(${JSON.stringify(path)}), y);`,
    command: (path: string, to: string) =>
      `import { run } from ${command}; await run(${JSON.stringify(['predict', file, path, '--out', to])});
       await run(${JSON.stringify(['evaluate', file, '--inputs', path, '--targets', to])});`,
  };
  for (const [name, script] of Object.entries(scripts)) {
    const [little, much] = [small, large].map((path) => peakOf(script(path, join(folder, `${name}.npy`))));
    t.ok(much - little < 60, `${name}: ${little.toFixed()} MiB for 8 MB, ${much.toFixed()} MiB for 200 MB`);
    t.strictSame(fromFile(join(folder, `${name}.npy`)).shape, [2_500_000, 2]);
  }
});
