/**
 * @file Programs as JSON and numbers, for model files. Reading records every instruction again through ProgramBuilder,
 * so that a program from a file obeys the same rules of shape as one that was traced.
 */
import { GnvproError } from '../errors.js';
import { Budget, type Limits } from './budget.js';
import { ProgramBuilder, type Value } from './builder.js';
import { type Instruction, type Op, type Output, type Program, unaryKinds } from './program.js';
import { type FixedShape, fixed, type Shape, samples, size } from './shape.js';

export interface StoredProgram {
  /** JSON-able; integers, names and flags only. */
  readonly json: unknown;
  /** Every real number of the program, so that all of its bits survive (JSON loses −0, NaN and Infinity). */
  readonly constants: Float64Array;
}

type Json = Readonly<Record<string, unknown>>;

/** More entries in one value (columns, or a fixed matrix) than any network has: a forged size. */
const largest = 2 ** 27;

const withoutLimits: Limits = {
  instructions: Infinity,
  columns: Infinity,
  entries: Infinity,
  operations: Infinity,
};

export function serialize(program: Program): StoredProgram {
  const constants: number[] = [];
  const { name, sampleInputs, vectorInputs, vectorOutputs } = program;
  const instructions = program.instructions.map((instruction) => instructionToJson(instruction, constants));
  const outputs = program.outputs.map((output) => outputToJson(program, output));
  return {
    json: { name, sampleInputs, vectorInputs, instructions, vectorOutputs, outputs },
    constants: Float64Array.from(constants),
  };
}

function outputToJson({ sampleOutputs }: Program, output: Output): Json {
  return output.kind === 'samples' ? { name: sampleOutputs[output.index].name, value: output.value } : output;
}

function instructionToJson(instruction: Instruction, constants: number[]): Json {
  const { op, operands, shape } = instruction;
  const store = (values: Iterable<number>) => {
    const at = constants.length;
    for (const value of values) constants.push(value);
    return at;
  };
  const extents = shape.kind === 'fixed' ? { rows: shape.rows, cols: shape.cols } : { cols: shape.cols };
  switch (op) {
    case 'sampleInput':
      return { op, ...instruction.attributes };
    case 'vectorInput':
      return { op, ...instruction.attributes, ...extents };
    case 'constant':
      return { op, at: store(instruction.attributes.values), ...extents };
    case 'scale':
      return { op, operands, at: store([instruction.attributes.factor]) };
    case 'unary':
    case 'unaryDerivative': {
      const { kind, parameter } = instruction.attributes;
      return { op, operands, kind, ...(parameter !== null && { at: store([parameter]) }) };
    }
    case 'gather':
    case 'scatter':
      return { op, operands, indices: Array.from(instruction.attributes.indices), ...extents };
    default:
      return { op, operands, ...instruction.attributes };
  }
}

/** Throws ERR_PROGRAM, or ERR_SHAPE from the builder, for anything that `serialize` does not write, or beyond `limits`. */
export function deserialize(json: unknown, constants: Float64Array, limits = withoutLimits): Program {
  return new Reader(object(json, 'the program'), constants, new Budget(limits)).read();
}

/** Operands of each operation; concat takes one or more. */
const arity: ReadonlyMap<unknown, number> = new Map<Op, number>([
  ['sampleInput', 0],
  ['vectorInput', 0],
  ['constant', 0],
  ['matmul', 2],
  ['add', 2],
  ['sub', 2],
  ['mul', 2],
  ['scale', 1],
  ['addRow', 2],
  ['mulRow', 2],
  ['broadcastRow', 1],
  ['sumSamples', 1],
  ['unary', 1],
  ['unaryDerivative', 2],
  ['concat', Number.NaN],
  ['gather', 1],
  ['scatter', 1],
  ['outer', 2],
]);

class Reader {
  readonly #json: Json;
  readonly #constants: Float64Array;
  readonly #budget: Budget;
  readonly #builder: ProgramBuilder;
  readonly #values: Value[] = [];
  readonly #columns: number[] = [];
  readonly #lengths: number[] = [];

  constructor(json: Json, constants: Float64Array, budget: Budget) {
    this.#json = json;
    this.#constants = constants;
    this.#budget = budget;
    this.#builder = new ProgramBuilder(text(json.name, 'the name'));
  }

  read(): Program {
    const b = this.#builder;
    for (const { name, cols } of objects(this.#json.sampleInputs, 'sampleInputs')) {
      this.#columns.push(integer(cols, 'cols', 1, largest));
      b.declareSamples(text(name, 'a name'), cols as number);
    }
    for (const { name, length } of objects(this.#json.vectorInputs, 'vectorInputs')) {
      this.#lengths.push(integer(length, 'length', 0, 2 ** 31));
      b.declareVector(text(name, 'a name'), length as number);
    }
    for (const instruction of objects(this.#json.instructions, 'instructions')) this.#record(instruction);
    const lengths = objects(this.#json.vectorOutputs, 'vectorOutputs').map(({ name, length }) => {
      b.declareVectorOutput(text(name, 'a name'), integer(length, 'length', 0, 2 ** 31));
      return length as number;
    });
    for (const output of objects(this.#json.outputs, 'outputs')) this.#output(output, lengths);
    return b.build();
  }

  #record(json: Json): void {
    const id = this.#values.length;
    const place = `instruction ${id} (${String(json.op)})`;
    const value = this.#builder.within(place, () => this.#instruction(json, place));
    if (value.id !== id) throw bad(`${place} repeats instruction ${value.id}`);
    if (size(value.shape) > largest) throw bad(`${place} has ${size(value.shape)} entries, more than ${largest}`);
    this.#values.push(value);
    if (json.op !== 'constant') this.#spend(value);
  }

  /** Constants are paid for before they are copied. */
  #spend({ id, shape }: Value): void {
    const { op, operands } = this.#builder.instructions[id];
    this.#budget.spend(
      op,
      shape,
      operands.map((operand) => this.#values[operand].shape),
    );
  }

  #instruction(json: Json, place: string): Value {
    const b = this.#builder;
    const count = arity.get(json.op);
    if (count === undefined) throw bad(`${place} is not an operation`);
    const operands = count === 0 ? [] : list(json.operands, `operands of ${place}`).map((id) => this.#value(id, place));
    if (operands.length !== count && (!Number.isNaN(count) || operands.length === 0)) {
      throw bad(`${place} has ${operands.length} operands`);
    }
    const op = json.op as Op;
    switch (op) {
      case 'sampleInput':
        return b.sampleInput(integer(json.array, `array of ${place}`, 0, this.#columns.length - 1));
      case 'vectorInput':
        return this.#vectorInput(json, place);
      case 'constant': {
        const shape = matrixShape(json, place);
        this.#budget.spend('constant', shape, []);
        return b.constant(shape.rows, shape.cols, this.#numbers(json, size(shape), place));
      }
      case 'matmul':
        return b.emit(op, operands, { ta: flag(json.ta, place), tb: flag(json.tb, place) });
      case 'scale':
        return b.emit(op, operands, { factor: this.#numbers(json, 1, place)[0] });
      case 'unary':
      case 'unaryDerivative':
        return b.emit(op, operands, this.#unary(json, place));
      case 'gather':
      case 'scatter':
        return b[op](operands[0], indices(json, place), shapeOf(json, place));
      default:
        return b.emit(op, operands, {});
    }
  }

  #vectorInput(json: Json, place: string): Value {
    const vector = integer(json.vector, `vector of ${place}`, 0, this.#lengths.length - 1);
    const { rows, cols } = matrixShape(json, place);
    const offset = integer(json.offset, `offset of ${place}`, 0, this.#lengths[vector] - rows * cols);
    return this.#builder.vectorInput(vector, offset, rows, cols);
  }

  #unary(json: Json, place: string) {
    const kind = unaryKinds.find((known) => known === json.kind);
    if (kind === undefined) throw bad(`kind of ${place} is ${show(json.kind)}`);
    const parameter = kind === 'smoothRelu' ? this.#numbers(json, 1, place)[0] : null;
    if (parameter !== null && !(parameter > 0)) throw bad(`the parameter of ${place} is ${parameter}`);
    return { kind, parameter };
  }

  #numbers(json: Json, count: number, place: string): Float64Array {
    const at = integer(json.at, `place of the constants of ${place}`, 0, this.#constants.length - count);
    return this.#constants.subarray(at, at + count);
  }

  #value(id: unknown, place: string): Value {
    return this.#values[integer(id, `an operand of ${place}`, 0, this.#values.length - 1)];
  }

  #output(json: Json, lengths: readonly number[]): void {
    const value = this.#value(json.value, 'an output');
    if (json.kind !== 'vector') {
      if (value.shape.kind !== 'samples') throw bad(`output ${show(json.name)} has no row for each sample`);
      this.#builder.declareSampleOutput(text(json.name, 'the name of an output'), value);
      return;
    }
    if (value.shape.kind !== 'fixed') throw bad('a vector output has a row for each sample');
    const index = integer(json.index, 'index of an output', 0, lengths.length - 1);
    const offset = integer(json.offset, 'offset of an output', 0, lengths[index] - size(value.shape));
    this.#builder.writeVector(index, offset, value);
  }
}

function shapeOf(json: Json, place: string): Shape {
  if (json.rows === undefined) return samples(integer(json.cols, `cols of ${place}`, 1, largest));
  return matrixShape(json, place);
}

function matrixShape(json: Json, place: string): FixedShape {
  const rows = integer(json.rows, `rows of ${place}`, 1, largest);
  return fixed(rows, integer(json.cols, `cols of ${place}`, 1, largest));
}

function indices(json: Json, place: string): number[] {
  return list(json.indices, `indices of ${place}`).map((index) => integer(index, `an index of ${place}`, -1, largest));
}

function flag(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw bad(`a flag of ${place} is ${show(value)}`);
  return value;
}

function integer(value: unknown, what: string, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw bad(`${what} is ${show(value)}${min <= max ? `, not an integer between ${min} and ${max}` : ''}`);
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw bad(`${what} is ${show(value)}`);
  return value;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(`${what}: ${show(value)} is no list`);
  return value;
}

function objects(value: unknown, what: string): Json[] {
  return list(value, what).map((entry) => object(entry, `an entry of ${what}`));
}

function object(value: unknown, what: string): Json {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw bad(`${what} is ${show(value)}`);
  return value as Json;
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 60);
}

function bad(what: string): GnvproError {
  return new GnvproError('ERR_PROGRAM', `The stored program is not valid: ${what}.`);
}
