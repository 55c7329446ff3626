/** @file Changes to programs that the builder would never make: of the records of their values, and of single words. */
import type { EncodedProgram } from '../../../lib/program/encode.js';
import { direct, encodeRaw, op, own, type RawProgram, type RawValue } from '../../native/support/rawProgram.js';
import type { Choice } from './choice.js';
import { decodeRaw } from './words.js';

/** Another arrangement of a valid program: mostly well formed, not always legal. */
export function rearranged(choice: Choice, encoded: EncodedProgram): EncodedProgram {
  const raw = decodeRaw(encoded);
  for (let n = choice.integer(1, 3); n > 0; n--) choice.pick(arrangements)(choice, raw);
  return encodeRaw(raw);
}

type Arrangement = (choice: Choice, raw: RawProgram) => void;

/** Values with a row a sample that are no inputs: they live in slots or in outputs. */
function stored(raw: RawProgram): RawValue[] {
  return raw.values.filter(({ kind, op: opcode }) => kind === 1 && opcode !== op.sampleInput);
}

function some<T>(choice: Choice, list: readonly T[], change: (entry: T) => void): void {
  if (list.length > 0) change(choice.pick(list));
}

const arrangements: Arrangement[] = [
  function ownSlots(_, raw) {
    for (const value of stored(raw)) value.storage = raw.slots.push(value.cols) - 1;
  },
  function anySlots(choice, raw) {
    const cols = Math.max(1, ...stored(raw).map((value) => value.cols));
    raw.slots = Array.from({ length: choice.integer(1, 6) }, () => cols);
    for (const value of stored(raw)) {
      if (value.storage >= 0 || choice.chance(0.3)) value.storage = choice.integer(0, raw.slots.length - 1);
    }
  },
  function anotherSlot(choice, raw) {
    some(choice, stored(raw), (value) => {
      value.storage = choice.integer(-2 - raw.sampleOutputs.length, raw.slots.length);
    });
  },
  function exchange(choice, raw) {
    const [a, b] = [stored(raw), stored(raw)].map(
      (list) => list[list.length > 0 ? choice.integer(0, list.length - 1) : 0],
    );
    if (a && b) [a.storage, b.storage] = [b.storage, a.storage];
  },
  function noDirectOutputs(_, raw) {
    for (const value of stored(raw)) if (value.storage < own) value.storage = raw.slots.push(value.cols) - 1;
  },
  function directOutput(choice, raw) {
    some(
      choice,
      raw.outputs.filter(([kind, , , value]) => kind === 0 && raw.values[value] !== undefined),
      ([, index, , value]) => {
        raw.values[value].storage = direct(index);
      },
    );
  },
  /** Short tiles: as many columns as leave the fewest rows. */
  function wideSlot(_, raw) {
    raw.slots.push(800);
  },
  function otherWidth(choice, raw) {
    const sizes = choice.pick([raw.slots, raw.sampleInputs, raw.vectorInputs, raw.sampleOutputs, raw.vectorOutputs]);
    if (sizes.length > 0) sizes[choice.integer(0, sizes.length - 1)] += choice.pick([-1, 1, 1, 5]);
  },
  function shownTwice(choice, raw) {
    const candidates = raw.values.flatMap(({ kind }, id) => (kind === 1 ? [id] : []));
    some(choice, candidates, (id) => {
      raw.outputs.push([0, raw.sampleOutputs.push(raw.values[id].cols) - 1, 0, id]);
    });
  },
  function otherFunction(choice, raw) {
    some(
      choice,
      raw.values.filter(({ op: opcode }) => opcode === op.unary || opcode === op.unaryDerivative),
      (value) => {
        const parameter = choice.integer(-1, raw.constants.length);
        value.attributes = [choice.integer(0, 6), parameter];
      },
    );
  },
  function wildConstants(choice, raw) {
    raw.constants = [...choice.wildReals(raw.constants.length + choice.integer(0, 2))];
  },
  function otherOperation(choice, raw) {
    const alike = [op.add, op.sub, op.mul];
    const rows = [op.addRow, op.mulRow];
    some(choice, raw.values, (value) => {
      if (alike.includes(value.op as never)) value.op = choice.pick(alike);
      else if (rows.includes(value.op as never)) value.op = choice.pick(rows);
      else if (value.op === op.gather || value.op === op.scatter) value.op = op.gather + op.scatter - value.op;
    });
  },
  function otherOperand(choice, raw) {
    some(
      choice,
      raw.values.filter(({ operands }) => operands.length > 0),
      (value) => {
        value.operands[choice.integer(0, value.operands.length - 1)] = choice.integer(-1, raw.values.length);
      },
    );
  },
  function otherFlags(choice, raw) {
    some(
      choice,
      raw.values.filter(({ op: opcode }) => opcode === op.matmul),
      (value) => {
        value.attributes = [choice.integer(0, 1), choice.integer(0, 1)];
      },
    );
  },
  function otherIndex(choice, raw) {
    some(
      choice,
      raw.values.filter(({ attributes }) => attributes.length > 0),
      ({ attributes }) => {
        attributes[choice.integer(0, attributes.length - 1)] += choice.pick([-1, 1, 2]);
      },
    );
  },
  function otherShape(choice, raw) {
    some(choice, raw.values, (value) => {
      if (choice.chance(0.2)) value.kind = 1 - value.kind;
      else if (choice.chance(0.5)) [value.rows, value.cols] = [value.cols, value.rows];
      else value.cols += choice.pick([-1, 1]);
    });
  },
  function otherOutput(choice, raw) {
    some(choice, raw.outputs, (output) => {
      output[choice.integer(0, 3)] += choice.pick([-1, 1]);
    });
  },
  function neighboursExchanged(choice, raw) {
    const first = choice.integer(0, Math.max(0, raw.values.length - 2));
    raw.values.splice(first, 2, ...raw.values.slice(first, first + 2).reverse());
  },
];

const extremes = [-(2 ** 31), 2 ** 31 - 1, -1, -2, 0, 1, 255, 2 ** 16, 2 ** 21, 2 ** 24, 2 ** 24 + 1, 2 ** 28, 2 ** 30];

/** Words changed, lost, repeated, or those of another program. */
export function mutated(choice: Choice, { code, constants }: EncodedProgram, other: EncodedProgram): EncodedProgram {
  const words = [...code];
  let numbers = constants;
  for (let n = choice.integer(1, 3); n > 0; n--) {
    if (choice.chance(0.05)) numbers = choice.pick([other.constants, numbers.slice(1), numbers.slice(0, -1)]);
    else if (words.length > 0) change(choice, words, other.code);
  }
  return { code: Int32Array.from(words), constants: numbers };
}

function change(choice: Choice, words: number[], other: Int32Array): void {
  // The sizes stand at the front: half of the changes are there.
  const length = choice.chance(0.5) ? words.length : Math.min(words.length, 40);
  const at = choice.integer(0, Math.max(0, length - 1));
  switch (choice.integer(0, 11)) {
    case 0:
      words[at] = choice.word();
      break;
    case 1:
      words[at] = choice.pick(extremes);
      break;
    case 2:
      words.splice(at, choice.integer(1, 4));
      break;
    case 3:
      words.splice(at, 0, choice.integer(-2, 17));
      break;
    case 4:
      words[at] = words[choice.integer(0, words.length - 1)];
      break;
    case 5:
      splice(choice, words, at, other);
      break;
    case 6:
      words.length = at;
      break;
    case 7:
      words.push(...words.slice(at));
      break;
    default:
      words[at] += choice.integer(-3, 3);
  }
}

/** A run of the other program's words, over ours or between them. */
function splice(choice: Choice, words: number[], at: number, other: Int32Array): void {
  const from = choice.chance(0.5) ? at : choice.integer(0, other.length);
  const run = other.subarray(from, from + choice.pick([1, 2, 4, 9, 40]));
  words.splice(at, choice.chance(0.8) ? run.length : 0, ...run);
}
