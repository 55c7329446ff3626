/**
 * 200 small fits: members of an ensemble on 3 inputs, 2 targets, 8 tanh features, threads warm. Arguments: samples, and how
 * many at a time; 0 for `train` one after the other on the event loop. Prints one JSON line; CPU seconds are of the process.
 */
import { dense, ensemble, Random, sequential, tanh, train } from '../../dist/index.js';

const [samples, concurrency] = process.argv.slice(2).map(Number);
const members = 200;
const random = new Random(1);
const inputs = Array.from({ length: samples }, () => [random.normal(), random.normal(), random.normal()]);
const targets = inputs.map(([x, y, z]) => [Math.sin(x + y) * z, Math.exp(-x * x)]);
const training = { inputs, targets, network: sequential([dense(8), tanh()]), stop: { iterations: 30 }, threads: 1 };

const run =
  concurrency === 0
    ? async (count) => {
        for (let seed = 0; seed < count; seed++) await train({ ...training, seed });
      }
    : (count) => ensemble(training, { members: count, concurrency });
await run(20 * Math.max(1, concurrency)); // threads, modules and compiled code are there
const start = performance.now();
const before = process.cpuUsage();
await run(members);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, cpuSeconds: (user + system) / 1e6 }));
