/**
 * @file Programs as JSON and numbers, for model files. Reading records every instruction again through ProgramBuilder,
 * so that a program from a file obeys the same rules of shape as one that was traced.
 */
import { Constants } from './attributes.js';
import { Budget, type Limits } from './budget.js';
import { ProgramBuilder } from './builder.js';
import type { Value } from './emitter.js';
import type { Primitive } from './primitive.js';
import { codecs, type Op, primitives } from './primitives.js';
import type { Instruction, Output, Program } from './program.js';
import { type Shape, size } from './shape.js';
import { bad, integer, type Json, largest, list, matrixShape, object, objects, shapeOf, show, text } from './stored.js';

export interface StoredProgram {
  /** JSON-able; integers, names and flags only. */
  readonly json: unknown;
  /** Every real number of the program, so that all of its bits survive (JSON loses −0, NaN and Infinity). */
  readonly constants: Float64Array;
}

export function serialize(program: Program): StoredProgram {
  const constants = new Constants();
  const { name, sampleInputs, vectorInputs, vectorOutputs } = program;
  const instructions = program.instructions.map((instruction) => instructionToJson(instruction, constants));
  const outputs = program.outputs.map((output) => outputToJson(program, output));
  return {
    json: { name, sampleInputs, vectorInputs, instructions, vectorOutputs, outputs },
    constants: constants.all(),
  };
}

function outputToJson({ sampleOutputs }: Program, output: Output): Json {
  return output.kind === 'samples' ? { name: sampleOutputs[output.index].name, value: output.value } : output;
}

function instructionToJson({ op, operands, attributes, shape }: Instruction, constants: Constants): Json {
  const json: Record<string, unknown> = { op };
  if (primitives[op].operands !== 0) json.operands = operands;
  for (const [name, codec] of codecs[op]) codec.store(json, name, (attributes as Json)[name], constants);
  if (primitives[op].shape !== undefined) return json;
  if (shape.kind === 'fixed') json.rows = shape.rows;
  json.cols = shape.cols;
  return json;
}

/** Throws ERR_PROGRAM, or ERR_SHAPE from the builder, for anything that `serialize` does not write, or beyond `limits`. */
export function deserialize(json: unknown, constants: Float64Array, limits: Limits): Program {
  return new Reader(object(json, 'the program'), constants, new Budget(limits)).read();
}

class Reader {
  readonly #json: Json;
  readonly #constants: Float64Array;
  readonly #budget: Budget;
  readonly #builder: ProgramBuilder;
  readonly #values: Value[] = [];

  constructor(json: Json, constants: Float64Array, budget: Budget) {
    this.#json = json;
    this.#constants = constants;
    this.#budget = budget;
    this.#builder = new ProgramBuilder(text(json.name, 'the name'));
  }

  read(): Program {
    const b = this.#builder;
    for (const { name, cols } of objects(this.#json.sampleInputs, 'sampleInputs')) {
      const count = integer(cols, 'cols', 1, largest);
      b.declareSamples(text(name, 'a name'), count);
    }
    for (const { name, length } of objects(this.#json.vectorInputs, 'vectorInputs')) {
      const count = integer(length, 'length', 0, 2 ** 31);
      b.declareVector(text(name, 'a name'), count);
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
    const op = operation(json, place);
    const operands = this.#operands(json, place, primitives[op].operands);
    const shapes = operands.map((operand) => operand.shape);
    const given = givenShape(json, place, primitives[op]);
    // What brings its shape along is paid for before anything is copied.
    if (given !== undefined) this.#budget.spend(op, given, shapes);
    const attributes = this.#attributes(op, json, place, given);
    const value = this.#builder.within(place, () => this.#builder.emit(op, operands, attributes, given));
    if (value.id !== id) throw bad(`${place} repeats instruction ${value.id}`);
    if (size(value.shape) > largest) throw bad(`${place} has ${size(value.shape)} entries, more than ${largest}`);
    this.#values.push(value);
    if (given === undefined) this.#budget.spend(op, value.shape, shapes, attributes);
  }

  #attributes(op: Op, json: Json, place: string, shape: Shape | undefined): object {
    const numbers = (count: number) => this.#numbers(json, count, place);
    const entry = { json, place, declared: this.#builder.declared, shape, numbers };
    const attributes: Record<string, unknown> = {};
    for (const [name, codec] of codecs[op]) attributes[name] = codec.read(entry, name, attributes);
    return attributes;
  }

  #operands(json: Json, place: string, count: number | 'some'): Value[] {
    const operands = count === 0 ? [] : list(json.operands, `operands of ${place}`).map((id) => this.#value(id, place));
    if (count === 'some' ? operands.length > 0 : operands.length === count) return operands;
    throw bad(`${place} has ${operands.length} operands`);
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

/** Undefined where the shape follows from the operands. */
function givenShape(json: Json, place: string, { shape, operands }: Primitive): Shape | undefined {
  if (shape !== undefined) return undefined;
  return operands === 0 ? matrixShape(json, place) : shapeOf(json, place);
}

function operation({ op }: Json, place: string): Op {
  if (typeof op === 'string' && Object.hasOwn(primitives, op)) return op as Op;
  throw bad(`${place} is not an operation`);
}
