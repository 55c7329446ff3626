/** @file Programs as text. */
import t from 'tap';
import { smoothRelu } from '../../lib/network/activation.js';
import { antisymmetricDense } from '../../lib/network/antisymmetricDense.js';
import { concat } from '../../lib/network/concat.js';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { sequential } from '../../lib/network/sequential.js';
import { print } from '../../lib/program/print.js';
import { programsOf } from './networks.js';

t.test('a forward program', async (t) => {
  const { forward } = new Network(dense(2, { activation: 'tanh' }), 3).programs;
  t.equal(
    print(forward),
    `program "network"
  in   Y: N×3, theta: 8
  %0: N×3 = Y
  %1: 3×2 = theta[0…]
  %2: 1×2 = theta[6…]
  %3: N×2 = %0 · %1
  %4: N×2 = addRow %3, %2
  %5: N×2 = tanh(%4)
  out  Z = %5`,
  );
});

t.test('its transposed derivative', async (t) => {
  const { vjp } = new Network(dense(2, { activation: 'tanh' }), 3).programs;
  t.equal(
    print(vjp),
    `program "network, derivative along theta, transposed"
  in   Y: N×3, residual0: N×2, cotangent: N×2, theta: 8, fixedResiduals: 0
  %0: N×2 = cotangent
  %1: N×3 = Y
  %2: N×2 = residual0
  %3: N×2 = mul %0, %2
  %4: 1×2 = sumSamples %3
  %5: 3×2 = %1ᵀ · %3
  out  cotangent[0…] = %5
  out  cotangent[6…] = %4`,
  );
});

t.test('every instruction has a line that names its operands', async (t) => {
  const description = sequential([concat([antisymmetricDense(), dense(1)]), smoothRelu()]);
  for (const program of Object.values(programsOf(new Network(description, 3).programs))) {
    const lines = print(program).split('\n');
    t.equal(lines.length, 2 + program.instructions.length + program.outputs.length);
    program.instructions.forEach(({ operands }, id) => {
      const line = lines[2 + id];
      if (!line.startsWith(`  %${id}: `) || !operands.every((operand) => line.includes(`%${operand}`))) t.fail(line);
    });
  }
  t.match(print(new Network(smoothRelu({ eta: 0.2 }), 1).trace()), /smoothRelu\[0\.2\]\(%0\)/);
  const long = print(new Network(antisymmetricDense(), 5).trace());
  t.match(long, /gather %\d+ \[-1 \d+ \d+ \d+ \d+ \d+ … 25 in all\]/, 'long tables are abridged');
});
