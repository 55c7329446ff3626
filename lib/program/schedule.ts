/** @file Slot reuse by liveness: which tile slot holds each samples value, and which write straight to an output. */
import { primitives } from './primitives.js';
import { type Instruction, inputOf, type Program } from './program.js';

/** Storage of a value: a slot ≥ 0, `own` for inputs and fixed values, −2 − k for sample output k. */
export interface Schedule {
  readonly storage: Int32Array;
  readonly slotColumns: readonly number[];
}

export const own = -1;

export function schedule(program: Program): Schedule {
  const { instructions, outputs } = program;
  const storage = new Int32Array(instructions.length).fill(own);
  const lastUse = lastUses(program);
  for (const output of outputs) {
    if (output.kind !== 'samples' || !needsSlot(instructions[output.value])) continue;
    if (storage[output.value] === own) storage[output.value] = -2 - output.index;
  }
  const slots = new Slots();
  instructions.forEach((instruction, id) => {
    const dying = [...new Set(instruction.operands)].filter(
      (operand) => lastUse[operand] === id && storage[operand] >= 0,
    );
    const { inPlace = false } = primitives[instruction.op];
    if (inPlace) for (const operand of dying) slots.release(storage[operand]);
    if (needsSlot(instruction) && storage[id] === own) storage[id] = slots.take(instruction.shape.cols);
    if (!inPlace) for (const operand of dying) slots.release(storage[operand]);
    if (lastUse[id] === id && storage[id] >= 0) slots.release(storage[id]);
  });
  return { storage, slotColumns: slots.columns };
}

/** Numbers of a sample that a tile keeps in cache: inputs, outputs and slots. */
export function columnsInFlight(program: Program): number {
  const arrays = [...program.sampleInputs, ...program.sampleOutputs].map(({ cols }) => cols);
  return [...arrays, ...schedule(program).slotColumns].reduce((sum, cols) => sum + cols, 0);
}

function needsSlot(instruction: Instruction): boolean {
  return instruction.shape.kind === 'samples' && inputOf(instruction) === null;
}

/** The instruction that reads a value last; the value itself where nothing does. Outputs are copied at the end. */
function lastUses({ instructions, outputs }: Program): Int32Array {
  const last = Int32Array.from(instructions, (_, id) => id);
  instructions.forEach(({ operands }, id) => {
    for (const operand of operands) last[operand] = id;
  });
  for (const output of outputs) last[output.value] = instructions.length;
  return last;
}

class Slots {
  readonly columns: number[] = [];
  readonly #free: number[] = [];

  /** The free slot that fits best, else the widest one, widened, else a new one. */
  take(cols: number): number {
    if (this.#free.length === 0) return this.columns.push(cols) - 1;
    const rank = (slot: number) =>
      this.columns[slot] >= cols ? this.columns[slot] - cols : 1e9 + cols - this.columns[slot];
    const best = this.#free.reduce((x, y) => (rank(y) < rank(x) ? y : x));
    this.#free.splice(this.#free.indexOf(best), 1);
    this.columns[best] = Math.max(this.columns[best], cols);
    return best;
  }

  release(slot: number): void {
    if (!this.#free.includes(slot)) this.#free.push(slot);
  }
}
