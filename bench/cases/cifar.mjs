/**
 * The network of the CIFAR-10 experiment on random images, in single precision on one thread. Arguments: `unit`, a backend
 * and a number of images (half of a product H·v, beside a large product in the same run), or `memory` and a number of images
 * (what a training with a memoryLimit holds). Prints one JSON line.
 */
import { selectBackend } from '../../dist/backend/select.js';
import { experiments } from '../../dist/experiments/index.js';
import { gnvpro, Network, Random, train } from '../../dist/index.js';
import { crossEntropy } from '../../dist/loss/crossEntropy.js';
import { ProgramBuilder } from '../../dist/program/builder.js';
import { flops } from '../../dist/program/program.js';
import { tikhonov } from '../../dist/regularizer/tikhonov.js';

const { options } = experiments.find(({ name }) => name === 'cifar-10');
const [pixels, classes, limit] = [3072, 10, 500e6];
const random = new Random(1);
const work = process.argv[2];
console.log(
  JSON.stringify(
    work === 'unit' ? unit(process.argv[3], Number(process.argv[4])) : await memory(Number(process.argv[3])),
  ),
);

function imagesOf(samples) {
  return Float32Array.from({ length: samples * pixels }, () => Math.floor(256 * random.uniform()));
}

/** Least seconds of the processor: others may be at work on the machine. */
function best(run, seconds, least = 3) {
  run();
  let lowest = Infinity;
  const end = performance.now() + 1e3 * seconds;
  for (let k = 0; k < least || performance.now() < end; k++) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    lowest = Math.min(lowest, (user + system) / 1e6);
  }
  return lowest;
}

/** Operations a second of 1024³ products in single precision. */
function bound(backend) {
  const n = 1024;
  const b = new ProgramBuilder('product');
  const x = b.sampleInput(b.declareSamples('X', n));
  const product = b.matmul(x, b.vectorInput(b.declareVector('K', n * n), 0, n, n));
  b.writeVector(b.declareVectorOutput('sum', 1), 0, b.sumChannels(product, 1));
  const runner = backend.prepare(b.build());
  const arrays = { samples: [new Float32Array(n * n).fill(0.5)], vectors: [new Float64Array(n * n).fill(0.25)] };
  return (2 * n ** 3) / best(() => runner.runSingle(n, arrays, 1).sync(), 2);
}

/** Milliseconds of half of a product H·v, whose network is J·v and Jᵀ·u, and its share of the bound. */
function unit(name, samples) {
  const backend = selectBackend(name);
  const { network: description, regularization } = options;
  const network = new Network(description, pixels);
  const { programs, weights } = network;
  const targets = new Float64Array(samples * classes);
  for (let n = 0; n < samples; n++) targets[n * classes + (n % classes)] = 1;
  const objective = backend.createObjective({
    ...{ programs, weights, targets, samples, inputs: imagesOf(samples) },
    ...{ targetColumns: classes, bias: true, loss: crossEntropy, sampleWeights: null, innerTolerance: 1e-6 },
    ...{ alphaW: regularization.W, regularizer: tikhonov(weights, regularization.theta), jacobian: 'kaufman' },
    ...{ threads: 1, cancelFlag: new Int32Array(new SharedArrayBuffer(4)) },
  });
  const [theta, v] = [network.initialWeights(3), network.initialWeights(4)];
  const rate = bound(backend);
  const isFast = name === 'native';
  const point = objective.at(theta).sync();
  const seconds = best(() => point.hessianProduct(v).sync(), isFast ? 20 : 0, isFast ? 3 : 1) / 2;
  const operations = (flops(programs.jvp, samples) + flops(programs.vjp, samples)) / 2;
  return {
    ...{ samples, ms: 1e3 * seconds, gflops: operations / seconds / 1e9, bound: rate / 1e9 },
    ...{ share: operations / seconds / rate, megabytes: objective.memoryBytes / 1e6 },
  };
}

/** A step of the batches of the experiment, all images in one batch. */
async function memory(samples) {
  const before = process.memoryUsage.rss();
  const inputs = { data: imagesOf(samples), shape: [samples, pixels] };
  const targets = Array.from({ length: samples }, (_, n) => `class ${n % classes}`);
  const optimizer = gnvpro({ linearSolver: 'krylov', krylov: { maxVectors: 3 } });
  const stop = { iterations: 1 };
  const { report } = await train({ ...options, inputs, targets, optimizer, stop, memoryLimit: limit, threads: 1 });
  const [{ derivatives, estimatedBytes, costOfProducts }] = report.levels;
  return {
    ...{ samples, derivatives, costOfProducts, estimated: estimatedBytes / 1e6, held: report.memoryBytes / 1e6 },
    ...{ before: before / 1e6, resident: (process.resourceUsage().maxRSS * 1024) / 1e6 },
  };
}
