// A training to interrupt (Ctrl-C, kill, kill -9) and to start again: it goes on from its checkpoint to the same model.
import { rm } from 'node:fs/promises';
import { dense, Random, sequential, tanh, train } from 'gnvpro';

const random = new Random(7);
const inputs = Array.from({ length: 4000 }, () => [
  random.uniform(-1, 1),
  random.uniform(-1, 1),
  random.uniform(-1, 1),
]);
const targets = inputs.map(([x, y, z]) => [Math.sin(4 * x * y + z), Math.exp(-4 * (x * x + y * z))]);

const checkpoint = process.argv[2] ?? 'longRun.checkpoint';
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

const { model, report } = await train({
  network: sequential([dense(24), tanh(), dense(24), tanh()]),
  inputs,
  targets,
  validation: 0.2,
  stop: { iterations: Number(process.argv[3] ?? 200) },
  checkpoint: { path: checkpoint, seconds: 2 },
  resume: true,
  signal: interrupt.signal,
  onIteration: ({ iteration, validation }) => {
    if (iteration % 10 === 0) console.log(`iteration ${iteration}  validation ${validation}`);
  },
  onCheckpoint: ({ type, iteration, error }) =>
    console.log(`checkpoint ${type}: ${error?.message ?? `iteration ${iteration}`}`),
});

if (report.stop.status === 'aborted') {
  console.log(`Left with ${report.iterations.length} iterations: start me again.`);
} else {
  await model.save('longRun.gnvpro');
  await rm(checkpoint); // the model is on disk
  console.log(`${report.stop.status}, validation ${report.best.validation}, saved as longRun.gnvpro`);
}
