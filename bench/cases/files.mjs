/**
 * A work unit on data in memory, or in float32 files with derivatives `stored` or `recomputed`. Arguments: samples, `memory`,
 * one of these or `write` (the files), threads, folder. Prints one JSON line.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { selectBackend } from '../../dist/backend/select.js';
import { npyStart } from '../../dist/files/npy.js';
import { dense, fromFile, Network, Random, sequential, tanh } from '../../dist/index.js';
import { leastSquares } from '../../dist/loss/leastSquares.js';
import { tikhonov } from '../../dist/regularizer/tikhonov.js';
import { iterationAt, median } from '../measure.mjs';

const [samples, where, threads, folder] = process.argv.slice(2);
const N = Number(samples);
const [d, t] = [20, 4];
const paths = [d, t].map((cols) => join(folder, `${N}x${cols}.npy`));
console.log(JSON.stringify(where === 'write' ? write() : measure()));

function write() {
  const random = new Random(1);
  [d, t].forEach((cols, k) => {
    const fd = openSync(paths[k], 'w');
    for (const bytes of npyStart('<f4', [N, cols])) writeSync(fd, bytes);
    for (let n = 0; n < N; n += 10_000)
      writeSync(
        fd,
        Float32Array.from({ length: 10_000 * cols }, () => random.normal()),
      );
    closeSync(fd);
  });
  return {};
}

function measure() {
  const network = new Network(sequential([dense(16), tanh()]), d);
  const shared = (numbers) => {
    const copy = new Float64Array(new SharedArrayBuffer(8 * numbers.length));
    copy.set(numbers);
    return copy;
  };
  // Both are scaled: in memory once, in files as they are read.
  const scaling = (cols) => ({ shift: new Float64Array(cols).fill(0.125), scale: new Float64Array(cols).fill(0.75) });
  const [inputs, targets] = [d, t].map((cols, k) => {
    const file = fromFile(paths[k]).with({ scaling: scaling(cols) });
    return where === 'memory' ? shared(file.read(0, N)) : file;
  });
  const objective = selectBackend('native').createObjective({
    ...{
      programs: network.programs,
      derivatives: where === 'recomputed' ? where : 'stored',
      weights: network.weights,
      inputs,
      targets,
      samples: N,
      targetColumns: t,
      bias: true,
    },
    ...{ loss: leastSquares, sampleWeights: null, innerTolerance: 1e-6, alphaW: 1e-6, jacobian: 'kaufman' },
    ...{ regularizer: tikhonov(network.weights, 1e-3), threads: Number(threads) },
    cancelFlag: new Int32Array(new SharedArrayBuffer(4)),
  });
  const theta = network.initialWeights(3);
  const options = { solver: 'krylov', maxVectors: 10, tolerance: 0, radius: null, multiplier: 0, rankTolerance: 0 };
  const iteration = iterationAt(objective, theta, options);
  iteration();
  const units = objective.passes;
  const [before, passes] = [process.cpuUsage(), objective.passes];
  const seconds = median(iteration, 4, 3) / units;
  const { user, system } = process.cpuUsage(before);
  const processor = (user + system) / 1e6 / (objective.passes - passes);
  const mib = Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  return { seconds, processor, mib };
}
