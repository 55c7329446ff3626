/** @file Removal of dead code: instructions that no output depends on. */
import type { Instruction, Program } from './program.js';

export function eliminateDeadCode(program: Program): Program {
  const live = new Uint8Array(program.instructions.length);
  for (const output of program.outputs) live[output.value] = 1;
  for (let id = live.length - 1; id >= 0; id--) {
    if (live[id]) for (const operand of program.instructions[id].operands) live[operand] = 1;
  }
  const renamed = new Int32Array(live.length);
  const instructions: Instruction[] = [];
  program.instructions.forEach((instruction, id) => {
    if (!live[id]) return;
    renamed[id] = instructions.length;
    const operands = instruction.operands.map((operand) => renamed[operand]);
    instructions.push({ ...instruction, operands } as Instruction);
  });
  const outputs = program.outputs.map((output) => ({ ...output, value: renamed[output.value] }));
  return { ...program, instructions, outputs };
}
