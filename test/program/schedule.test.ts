/** @file Slots: no value is overwritten while it is still needed, and slots are shared. */
import t, { type Test } from 'tap';
import { dense } from '../../lib/network/dense.js';
import { Network } from '../../lib/network/network.js';
import { residual } from '../../lib/network/residual.js';
import type { Program } from '../../lib/program/program.js';
import { own, schedule } from '../../lib/program/schedule.js';
import { programsOfNetworks } from './networks.js';

const elementwise = new Set(['add', 'sub', 'mul', 'scale', 'addRow', 'mulRow', 'unary', 'unaryDerivative']);

/** Plays the schedule: which value does each slot hold when an instruction reads it? */
function simulate(t: Test, program: Program): void {
  const { storage, slotColumns } = schedule(program);
  const held = new Map<number, number>();
  const problems: string[] = [];
  program.instructions.forEach(({ op, operands, shape }, id) => {
    for (const operand of operands) {
      if (storage[operand] !== own && held.get(storage[operand]) !== operand)
        problems.push(`%${id} reads a lost %${operand}`);
      if (storage[id] >= 0 && storage[operand] === storage[id] && !elementwise.has(op))
        problems.push(`%${id} in place`);
    }
    const hasOwn = shape.kind === 'fixed' || op === 'sampleInput';
    if (hasOwn !== (storage[id] === own)) problems.push(`%${id} is stored in ${storage[id]}`);
    if (storage[id] >= 0 && slotColumns[storage[id]] < shape.cols) problems.push(`%${id} does not fit its slot`);
    if (storage[id] < own && held.has(storage[id])) problems.push(`%${id} overwrites an output`);
    if (storage[id] !== own) held.set(storage[id], id);
  });
  for (const { kind, index, value } of program.outputs) {
    if (storage[value] !== own && held.get(storage[value]) !== value) problems.push(`output ${index} lost`);
    const writesThere = program.instructions.findIndex((_, id) => storage[id] === -2 - index);
    if (kind === 'samples' && writesThere >= 0 && writesThere !== value)
      problems.push(`output ${index} is another value`);
  }
  t.same(problems, []);
}

for (const { name, program } of programsOfNetworks()) t.test(name, async (t) => simulate(t, program));

t.test('slots do not grow with the depth', async (t) => {
  const slots = (steps: number) => {
    const { forward } = new Network(residual(dense(3, { activation: 'tanh' }), { steps }), 3).programs;
    return schedule(forward).slotColumns.length;
  };
  t.equal(slots(20), slots(2));
  t.ok(slots(2) <= 6);
});
