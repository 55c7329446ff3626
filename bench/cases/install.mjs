/**
 * From `npm install TARBALL` in an empty folder to the first prediction, five times. Argument: a tarball of `npm pack`.
 * Prints one JSON line; seconds, and bytes.
 */
import { statSync } from 'node:fs';
import { bareMachine, check, readmeExample, sizeOf } from '../../scripts/bare.mjs';

const [tarball] = process.argv.slice(2);
const importing = `
const start = performance.now();
const { info } = await import('gnvpro');
const imported = performance.now();
info();
console.log(JSON.stringify([imported - start, performance.now() - imported].map((ms) => ms / 1000)));`;

const rows = [];
for (let i = 0; i < 5; i++) {
  const machine = bareMachine();
  const install = seconds(() => check(machine.install(tarball)));
  const example = seconds(() => check(machine.node(readmeExample(machine.project))));
  const [imports, addon] = JSON.parse(check(machine.node(importing)).stdout);
  rows.push({ install, example, total: install + example, imports, addon, ...sizeOf(machine.project) });
  machine.dispose();
}
const median = (name) => rows.map((row) => row[name]).sort((a, b) => a - b)[2];
console.log(
  JSON.stringify({
    tarball: statSync(tarball).size,
    ...Object.fromEntries(Object.keys(rows[0]).map((name) => [name, median(name)])),
    fastest: Math.min(...rows.map(({ total }) => total)),
  }),
);

function seconds(work) {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
}
