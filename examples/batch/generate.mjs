// Data for examples/batch/job.json: 800 samples of a convection–diffusion–reaction model. Argument: the folder.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeMatrix } from 'gnvpro';
import { generateCdr } from 'gnvpro/problems';

const folder = process.argv[2] ?? 'data';
mkdirSync(folder, { recursive: true });
const { inputs, targets } = await generateCdr({ samples: 800, seed: 0 });
await writeMatrix(join(folder, 'inputs.npy'), inputs);
await writeMatrix(join(folder, 'targets.npy'), targets);
console.log(`${inputs.shape.join(' × ')} inputs and ${targets.shape.join(' × ')} targets in ${folder}`);
