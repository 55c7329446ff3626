/** @file Constants that estimates of memory and operations repeat, against the C++ that they are of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { chunkNumbers, leastRows, mostRows, secondPartNumbers } from '../../lib/optimizers/assembly.js';
import { ofInnerHessian } from '../../lib/train/phase/memory.js';
import { root } from '../support/scripts.js';

/** The value of `name = 3;` or `name = 3 << 20;` in a file of native. */
function constantOf(file: string, name: string): number {
  const text = readFileSync(join(root, 'native', file), 'utf8');
  const [, factor, shift = '0'] = new RegExp(`int64_t ${name} = (\\d+)(?: << (\\d+))?;`).exec(text) ?? [];
  return Number(factor) * 2 ** Number(shift);
}

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
