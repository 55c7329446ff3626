/**
 * The convolutions of a network of images by the addon, on one thread: GFLOP/s of each direction, and what part that is of
 * a large product in the same run. Argument: samples. Prints one JSON line.
 */
import { nativeBackend } from '../../dist/backend/native.js';
import { ProgramBuilder } from '../../dist/program/builder.js';
import { flops } from '../../dist/program/program.js';
import { outputOf, taps } from '../../dist/program/windows.js';

const samples = Number(process.argv[2] ?? 64);

const square = (channels, extent, kernel, stride, pad) => ({
  ...{ channels, height: extent, width: extent, kernelHeight: kernel, kernelWidth: kernel },
  ...{ strideHeight: stride, strideWidth: stride, padTop: pad, padLeft: pad, padBottom: pad, padRight: pad },
  ...{ periodic: false, groups: 1 },
});

/** Geometry and filters. */
const layers = {
  '3 → 32, 5 × 5 on 32 × 32': [square(3, 32, 5, 1, 2), 32],
  '32 → 64, 5 × 5 on 16 × 16': [square(32, 16, 5, 1, 2), 64],
  '32 → 32, 3 × 3 on 16 × 16': [square(32, 16, 3, 1, 1), 32],
  '64 → 64, 3 × 3 on 8 × 8': [square(64, 8, 3, 1, 1), 64],
  '1 → 16, 5 × 5 on 28 × 28, stride 2': [square(1, 28, 5, 2, 2), 16],
  '64 → 64, 1 × 1 on 16 × 16': [square(64, 16, 1, 1, 0), 64],
};

/** One number, so that no time goes into memory for results. */
const total = (b, y) => b.writeVector(b.declareVectorOutput('sum', 1), 0, b.sumChannels(y, 1));

const directions = {
  forward: (b, { x, K }, g) => total(b, b.conv2d([x, K], g)),
  J·v: (b, { x, K, L, z }, g) => total(b, b.conv2d([z, K, x, L], g)),
  'to the image': (b, { u, K }, g) => total(b, b.conv2dToInput(u, K, g)),
  'to the kernels': (b, { x, u }, g) => {
    const sum = b.conv2dToKernel(x, u, g);
    b.writeVector(b.declareVectorOutput('K', sum.shape.rows * sum.shape.cols), 0, sum);
  },
};

function measured(record) {
  const b = new ProgramBuilder('bench');
  record(b);
  const program = b.build();
  const random = (n) => Float64Array.from({ length: n }, () => Math.random() - 0.5);
  const arrays = {
    samples: program.sampleInputs.map(({ cols }) => random(samples * cols)),
    vectors: program.vectorInputs.map(({ length }) => random(length)),
  };
  const runner = nativeBackend.prepare(program);
  return { operations: flops(program, samples), run: () => runner.run(samples, arrays, 1).sync() };
}

/** The least processor time of a run: others may be at work on the machine. */
function best(run, seconds = 0.5) {
  run();
  let least = Infinity;
  for (const end = performance.now() + 1e3 * seconds; performance.now() < end; ) {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, user + system);
  }
  return least / 1e6;
}

const product = measured((b) => {
  const n = Math.round(65536 / samples);
  const x = b.sampleInput(b.declareSamples('X', n));
  total(b, b.matmul(x, b.vectorInput(b.declareVector('K', n * n), 0, n, n)));
});
const bound = product.operations / best(product.run) / 1e9;

const results = Object.entries(layers).map(([layer, [g, filters]]) => {
  const rates = Object.entries(directions).map(([direction, record]) => {
    const { operations, run } = measured((b) => {
      const size = filters * taps(g);
      const images = g.channels * g.height * g.width;
      const theta = b.declareVector('theta', 2 * size);
      const named = (name, cols) => b.sampleInput(b.declareSamples(name, cols));
      const values = {
        ...{ x: named('x', images), z: named('z', images), u: named('u', filters * outputOf(g).pixels) },
        ...{ K: b.vectorInput(theta, 0, filters, taps(g)), L: b.vectorInput(theta, size, filters, taps(g)) },
      };
      record(b, values, g);
    });
    return [direction, operations / best(run) / 1e9 / bound];
  });
  return [layer, Object.fromEntries(rates)];
});
console.log(JSON.stringify({ gflopsOfProduct: bound, shares: Object.fromEntries(results) }));
