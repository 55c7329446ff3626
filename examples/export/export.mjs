// A model that leaves: trained here, then written as ONNX, as C and as an ES module.
import { writeFile } from 'node:fs/promises';
import { dense, Random, sequential, tanh, train } from 'gnvpro';

const random = new Random(1);
const inputs = Array.from({ length: 300 }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
const targets = inputs.map(([x, y]) => [Math.sin(3 * x + y), x * y]);
const { model } = await train({
  network: sequential([dense(10), tanh()]),
  inputs,
  targets,
  names: { inputs: ['x', 'y'], targets: ['wave', 'product'] },
});

await writeFile('surrogate.onnx', await model.toOnnx());
await writeFile('surrogate.c', model.toC({ name: 'surrogate' }));
await writeFile('surrogate.mjs', model.toModule());
console.log('here      ', ...model.predictSync([0.3, -0.2]).data);
