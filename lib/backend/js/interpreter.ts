/** @file Runs a program over all samples at once, one instruction after the other: the meaning of a program. */
import { GnvproError } from '../../errors.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import type { Input } from '../../program/primitive.js';
import { primitives } from '../../program/primitives.js';
import { type Instruction, inputOf, type Program } from '../../program/program.js';
import { type Shape, size } from '../../program/shape.js';
import type { Precision, ProgramArrays } from '../backend.js';

export class Interpreter {
  readonly #program: Program;
  readonly #inputs: readonly (Input | null)[];
  /** Values that become sample outputs: they get a new array every run, the others keep theirs. */
  readonly #returned: ReadonlySet<number>;
  /** Whether each value follows from the last array of samples. */
  readonly #follows: readonly boolean[];
  #values: Matrix[] = [];
  #samples = -1;

  /** `float32`: values of samples are rounded to floats, as are fixed values where instructions for samples read them. */
  constructor(
    program: Program,
    readonly precision: Precision = 'float64',
  ) {
    this.#program = program;
    this.#inputs = program.instructions.map(inputOf);
    this.#returned = new Set(program.outputs.filter(({ kind }) => kind === 'samples').map(({ value }) => value));
    this.#follows = followers(program);
  }

  /**
   * The arrays are read in place; those returned are the caller's. `again`: only the last array of samples is another than
   * in the run before, so that what does not follow from it is there.
   */
  run(samples: number, arrays: ProgramArrays, again = false): ProgramArrays {
    checkArrays(this.#program, samples, arrays);
    if (samples !== this.#samples) this.#values = [];
    this.#samples = samples;
    this.#program.instructions.forEach((instruction, id) => {
      if (again && !this.#follows[id] && !this.#returned.has(id)) return;
      this.#values[id] = this.#evaluate(instruction, id, arrays);
    });
    return this.#outputs();
  }

  /** Bytes of the arrays kept between runs. */
  get memoryBytes(): number {
    const kept = this.#values.filter((_, id) => !this.#returned.has(id) && this.#inputs[id] === null);
    return kept.reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  #evaluate(instruction: Instruction, id: number, arrays: ProgramArrays): Matrix {
    const { op, attributes, shape } = instruction;
    const rows = shape.kind === 'samples' ? this.#samples : shape.rows;
    const input = this.#inputs[id];
    if (input !== null) return this.#rounded(shape, matrix(rows, shape.cols, arrayOf(input, arrays, size(shape))));
    const kept = this.#returned.has(id) ? undefined : this.#values[id];
    const out = kept ?? matrix(rows, shape.cols);
    primitives[op].run?.(attributes, this.#operandsOf(instruction), out, shape);
    return this.precision === 'float32' && shape.kind === 'samples' ? roundInPlace(out) : out;
  }

  #operandsOf({ operands, shape }: Instruction): Matrix[] {
    return operands.map((operand) => this.#rounded(shape, this.#values[operand]));
  }

  /** What an instruction of this shape reads: a copy where it sees the nearest floats. */
  #rounded({ kind }: Shape, value: Matrix): Matrix {
    if (this.precision === 'float64' || kind === 'fixed') return value;
    return roundInPlace(matrix(value.rows, value.cols, value.data.slice()));
  }

  #outputs(): ProgramArrays {
    const { outputs, sampleOutputs, vectorOutputs } = this.#program;
    const samples: Float64Array[] = new Array(sampleOutputs.length);
    const vectors = vectorOutputs.map(({ length }) => new Float64Array(length));
    const given = new Set<number>();
    for (const output of outputs) {
      const { data } = this.#values[output.value];
      if (output.kind === 'vector') vectors[output.index].set(data, output.offset);
      else {
        const shared = given.has(output.value) || this.#inputs[output.value] !== null;
        samples[output.index] = shared ? data.slice() : data;
        given.add(output.value);
      }
    }
    return { samples, vectors };
  }
}

function roundInPlace(value: Matrix): Matrix {
  const { data } = value;
  for (let i = 0; i < data.length; i++) data[i] = Math.fround(data[i]);
  return value;
}

function followers({ instructions, sampleInputs }: Program): boolean[] {
  const follows: boolean[] = [];
  for (const instruction of instructions) {
    const input = inputOf(instruction);
    const isLast = input?.kind === 'samples' && input.index === sampleInputs.length - 1;
    follows.push(isLast || instruction.operands.some((operand) => follows[operand]));
  }
  return follows;
}

/** The numbers that an input reads, in place. */
function arrayOf(input: Input, { samples, vectors }: ProgramArrays, size: number): Float64Array {
  if (input.kind === 'samples') return samples[input.index];
  if (input.kind === 'vector') return vectors[input.index].subarray(input.offset, input.offset + size);
  return input.values;
}

function checkArrays({ name, sampleInputs, vectorInputs }: Program, samples: number, arrays: ProgramArrays): void {
  const expected = [...sampleInputs.map(({ cols }) => samples * cols), ...vectorInputs.map(({ length }) => length)];
  const received = [...arrays.samples, ...arrays.vectors];
  const names = [...sampleInputs, ...vectorInputs].map((input) => input.name);
  if (received.length !== expected.length) {
    throw new GnvproError(
      'ERR_ARGUMENT',
      `Expected ${expected.length} arrays for program "${name}" but received ${received.length}.`,
    );
  }
  received.forEach((array, i) => {
    if (array.length === expected[i]) return;
    throw new GnvproError(
      'ERR_ARGUMENT',
      `Expected ${expected[i]} numbers for ${names[i]} of program "${name}" but received ${array.length}.`,
    );
  });
}
