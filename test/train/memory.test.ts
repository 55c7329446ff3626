/**
 * @file What a training refuses before it takes memory, and the constants that estimates of memory and operations repeat,
 * against the C++ that they are of.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { availableMemory } from '../../lib/availableMemory.js';
import { tanh } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { connector } from '../../lib/network/connector.js';
import { dense } from '../../lib/network/dense.js';
import { doubleDense } from '../../lib/network/doubleDense.js';
import { doubleSymmetricDense } from '../../lib/network/doubleSymmetricDense.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import { sequential } from '../../lib/network/sequential.js';
import { chunkNumbers, leastRows, mostRows, secondPartNumbers } from '../../lib/optimizers/assembly.js';
import { mostColumns, mostFixedEntries, mostSlotColumns } from '../../lib/program/limits.js';
import { checkNetwork, ofInnerHessian, ofTile } from '../../lib/train/phase/memory.js';
import { train } from '../../lib/train/train.js';
import { root } from '../support/scripts.js';

/** The value of `name = 3;` or `name = 3 << 20;` in a file of native. */
function constantOf(file: string, name: string): number {
  const text = readFileSync(join(root, 'native', file), 'utf8');
  const value = '(?:int64_t\\{)?(\\d+)\\}?(?: << (\\d+))?';
  const [, factor, shift = '0'] = new RegExp(`int(?:32|64)_t ${name} = ${value};`).exec(text) ?? [];
  return Number(factor) * 2 ** Number(shift);
}

t.test('tiles', async (t) => {
  t.equal(ofTile.doubles, constantOf('samples/tiling.cc', 'kTileDoubles'));
  t.equal(ofTile.rows, constantOf('samples/tiling.cc', 'kMinRows'));
  t.equal(ofTile.leafRows, constantOf('linalg/tall_qr.cc', 'kLeafRows'));
});

t.test('H_W', async (t) => {
  t.equal(ofInnerHessian.rows, constantOf('elimination/inner_hessian.cc', 'kChunkRows'));
  t.equal(ofInnerHessian.doubles, constantOf('elimination/inner_hessian.cc', 'kChunkDoubles'));
  t.equal(ofInnerHessian.largestOrder, constantOf('elimination/inner_hessian.h', 'kLargestInnerHessian'));
});

t.test('H', async (t) => {
  const file = 'assembly/dense.cc';
  t.equal(mostRows, constantOf(file, 'kMostRows'));
  t.equal(chunkNumbers, constantOf(file, 'kChunkDoubles'));
  t.equal(secondPartNumbers, constantOf(file, 'kContractionDoubles'));
  t.match(readFileSync(join(root, 'native', file), 'utf8'), `, ${leastRows}, kMostRows)`, 'the fewest rows');
});

t.test('programs', async (t) => {
  const file = 'program/verify.cc';
  t.equal(mostColumns, constantOf(file, 'kMaxColumns'));
  t.equal(mostSlotColumns, constantOf(file, 'kMaxSlotColumns'));
  t.equal(mostFixedEntries, constantOf(file, 'kMaxFixedEntries'));
});

t.test('widths that no program may have are refused where they are asked for', async (t) => {
  const error = {
    code: 'ERR_OPTION',
    message: /an integer of at most 2097152 for (units|hidden) but received 1000000000/,
  };
  t.throws(() => dense(1e9), error);
  t.throws(() => doubleDense(1e9, 2), error);
  t.throws(() => doubleDense(2, 1e9), error);
  t.throws(() => doubleSymmetricDense(1e9), error);
  t.throws(() => connector({ units: 1e9 }), error);
  t.throws(() => residual(dense(3), { steps: 1e9 }), { code: 'ERR_OPTION', message: /for steps/ });
  t.throws(() => residual(dense(3), { nodes: 1e9 }), { code: 'ERR_OPTION', message: /for nodes/ });
});

t.test('layers that are too wide together', async (t) => {
  const network = new Network(sequential([dense(2 ** 21), tanh(), dense(2)]), 2);
  const matrix = { data: new Float64Array(2), shape: [1, 2] } as const;
  const training = { inputs: matrix, targets: matrix };
  const data = { training, validation: null, memoryLimit: { bytes: 2 ** 32, isGiven: false } };
  t.throws(() => checkNetwork({ network, ...data }), {
    code: 'ERR_MEMORY',
    message: /at most 2097152 numbers of a sample/,
  });
});

const isSpacious = availableMemory() > 2 ** 36 && 'more memory than the weights of any program need';

t.test('weights that fit a program and not the memory', { skip: isSpacious }, async (t) => {
  const network = sequential([dense(16000), dense(16000)]);
  const message = /95\.4 GiB \(256064000 weights with 50 numbers of 8 bytes for each\) but only/;
  await t.rejects(train({ network, inputs: [[1, 2]], targets: [[3]] }), { code: 'ERR_MEMORY', message });
});

/** Each has few enough features for a layer, and too much of something else. */
const huge: Record<string, [network: LayerDescription, message: RegExp, width?: number]> = {
  'a product of widths': [sequential([dense(3e5), tanh(), dense(3e5)]), /1\.K|2\.K, 300000 × 300000/],
  'a product within a layer': [doubleDense(3e5, 3e5), /K2, 300000 × 300000/],
  'a layer within layers': [
    sequential([dense(2e6), residual(antisymmetricDense())]),
    /of 4000002000000 weights|node0\.M, 1 × 3999998000000/,
  ],
  'a layer at many times': [
    residual(dense(1000), { nodes: 2 ** 14, steps: 1 }),
    /received one of 16400384000; the largest is node0\.K, 1000 × 1000/,
    1000,
  ],
  'images of a basis': [
    residual(dense(2000), { nodeTimes: [0, 1], basis: [[1], [2]], steps: 40 }),
    /at most 268435456 weights and images/,
    2000,
  ],
};

for (const backend of ['native', 'js'] as const) {
  t.test(`networks that cannot be held are refused before they are made: ${backend}`, async (t) => {
    for (const [name, [network, message, width = 2]] of Object.entries(huge)) {
      const inputs = Array.from({ length: 4 }, (_, n) => Array.from({ length: width }, (_, i) => Math.sin(n + i)));
      const before = process.memoryUsage().rss;
      await t.rejects(train({ network, inputs, targets: inputs.map(([x]) => [x]), backend }), {
        code: 'ERR_MEMORY',
        message,
      });
      t.ok(process.memoryUsage().rss - before < 2 ** 29, `${name}: half a gigabyte is not taken`);
    }
  });
}
