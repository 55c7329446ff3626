/** @file The recipes for the convection–diffusion–reaction data as job files, trained by `gnvpro train`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { main, start } from '../support/cli.js';
import { dataFile, mean, permutationFile, recipes, seeds, skip, split } from './cdrRecipes.js';

for (const { name, options, limits } of recipes) {
  t.test(name, { skip }, async (t) => {
    const folder = t.testdir();
    const errors: number[] = [];
    for (const seed of seeds) {
      const out = join(folder, `seed${seed}`);
      const job = {
        inputs: dataFile('inputs'),
        targets: dataFile('targets'),
        split: { ...split, permutation: permutationFile(seed) },
        seed,
        ...options,
      };
      writeFileSync(`${out}.json`, JSON.stringify(job));
      const { code, stderr } = await start(process.execPath, main, 'train', `${out}.json`, '--out', out);
      t.equal(code, 0, stderr);
      const { metrics } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));
      t.hasStrict(metrics, { training: { samples: 400 }, validation: { samples: 200 }, test: { samples: 200 } });
      errors.push(metrics.test.relativeError.mean);
    }
    t.ok(mean(errors) <= limits.mean, `mean test error ${mean(errors)}`);
    t.ok(Math.max(...errors) <= limits.worst, `worst split ${Math.max(...errors)}`);
  });
}
