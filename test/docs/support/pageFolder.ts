/** @file A folder for the blocks of a page: the package as installed, programs for its commands, and small data. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../../lib/random.js';
import { projectFolder, root } from '../../support/scripts.js';

export function pageFolder(): string {
  const folder = projectFolder();
  installPrograms(join(folder, 'node_modules/.bin'));
  cpSync(join(root, 'examples'), join(folder, 'examples'), {
    recursive: true,
    filter: (path) => !path.endsWith('/data'),
  });
  writeData(folder);
  return folder;
}

/** `npx` as it works where a package is installed, but for its half second. */
function installPrograms(bin: string): void {
  mkdirSync(bin);
  symlinkSync(join(root, 'dist/cli/main.js'), join(bin, 'gnvpro'));
  writeFileSync(join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
}

/** The files that pages speak of, of some dozen rows each. */
function writeData(folder: string): void {
  const random = new Random(1);
  const measurements = Array.from({ length: 80 }, () => {
    const [temperature, pressure] = [random.uniform(280, 360), random.uniform(1, 5)];
    return [temperature, pressure, 50 + 2 * pressure * Math.tanh((temperature - 320) / 20) + 0.01 * random.normal()];
  });
  const csv = (name: string, header: string, rows: readonly (readonly unknown[])[]) =>
    writeFileSync(join(folder, name), [header, ...rows.map((row) => row.join())].join('\n'));
  csv('measurements.csv', 'temperature,pressure,yield', measurements);
  const more = measurements.map(([t, p], i) => [i, t, `probe ${i % 7}`, p, random.normal()]);
  csv('other.csv', 'number,temperature,probe,pressure,humidity', more);
  csv(
    'new.csv',
    'temperature,pressure',
    measurements.slice(0, 5).map(([t, p]) => [t + 1, p]),
  );
  const flowers = Array.from({ length: 90 }, (_, i) => {
    const size = 1 + (i % 3);
    const sizes = [5, 3, 4, 1].map((mean) => (mean * size + random.normal()).toFixed(2));
    return [...sizes, ['setosa', 'versicolor', 'virginica'][i % 3]];
  });
  csv('flowers.csv', 'sepal length,sepal width,petal length,petal width,species', flowers);
  const job = {
    inputs: { file: 'measurements.csv', columns: ['temperature', 'pressure'] },
    targets: { file: 'measurements.csv', columns: ['yield'] },
    split: { validation: 0.2, test: 0.2 },
    network: { type: 'dense', units: 6, activation: 'tanh' },
  };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
}
