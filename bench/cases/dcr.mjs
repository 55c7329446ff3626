/** Generates 10,000 samples of the resistivity problem on the default grid (the argument is another number). One JSON line. */
import { generateDcResistivity } from '../../dist/problems/index.js';

const samples = Number(process.argv[2] ?? 10_000);
const before = process.cpuUsage();
const started = performance.now();
await generateDcResistivity({ samples });
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ samples, seconds, cpuSeconds: (user + system) / 1e6 }));
