/** @file Records instructions as layers are applied to traced values. Equal instructions are recorded once. */
import { GnvproError } from '../errors.js';
import { Emitter, Value } from './emitter.js';
import { type Op, primitives } from './primitives.js';
import type { Instruction, Output, Program } from './program.js';
import { type Declared, type FlatVector, type SampleArray, type Shape, showShape } from './shape.js';

/** Instructions that differ in their tables only are compared with the last few: of many, with all would take for ever. */
const mostAlike = 64;

type Table = Int32Array | Float64Array;

export class ProgramBuilder extends Emitter {
  readonly instructions: Instruction[] = [];
  readonly #declared = { sampleInputs: [] as SampleArray[], vectorInputs: [] as FlatVector[] };
  readonly #sampleOutputs: SampleArray[] = [];
  readonly #vectorOutputs: FlatVector[] = [];
  readonly #outputs: Output[] = [];
  /** By all but their tables. */
  readonly #known = new Map<string, { value: Value; tables: Table[] }[]>();
  readonly #scopes: string[] = [];

  constructor(readonly name: string) {
    super();
  }

  /** The inputs so far. */
  get declared(): Declared {
    return this.#declared;
  }

  /** Runs `body`; shape errors inside it name `scope`, e.g. the layer. */
  within<T>(scope: string, body: () => T): T {
    this.#scopes.push(scope);
    try {
      return body();
    } finally {
      this.#scopes.pop();
    }
  }

  shapeError(message: string): GnvproError {
    const place = this.#scopes.length > 0 ? `Layer ${this.#scopes.join(' › ')}: ` : '';
    return new GnvproError('ERR_SHAPE', place + message);
  }

  declareSamples(name: string, cols: number): number {
    return this.#declared.sampleInputs.push({ name, cols }) - 1;
  }

  declareVector(name: string, length: number): number {
    return this.#declared.vectorInputs.push({ name, length }) - 1;
  }

  declareSampleOutput(name: string, value: Value): void {
    const index = this.#sampleOutputs.push({ name, cols: value.shape.cols }) - 1;
    this.#outputs.push({ kind: 'samples', index, value: value.id });
  }

  declareVectorOutput(name: string, length: number): number {
    return this.#vectorOutputs.push({ name, length }) - 1;
  }

  writeVector(index: number, offset: number, value: Value): void {
    this.#outputs.push({ kind: 'vector', index, offset, value: value.id });
  }

  emit(op: Op, operands: readonly Value[], attributes: object = {}, given?: Shape): Value {
    for (const operand of operands) {
      if (operand.builder !== this) throw this.shapeError(`${op}: a traced array of another network was used here.`);
    }
    const { shape: rule, misfit, isIdentity } = primitives[op];
    const shapes = operands.map((operand) => operand.shape);
    const shape = rule === undefined ? (given as Shape) : rule(shapes, attributes, this.#declared);
    if (typeof shape === 'string') {
      throw this.shapeError(`${op}: expected ${shape} but received ${shapes.map(showShape).join(' and ')}.`);
    }
    const problem = misfit?.(shapes, attributes, shape) ?? null;
    if (problem !== null) throw this.shapeError(`${op}: ${problem}.`);
    return isIdentity?.(shapes, attributes, shape) ? operands[0] : this.#record(op, operands, attributes, shape);
  }

  build(): Program {
    return {
      name: this.name,
      ...this.#declared,
      sampleOutputs: this.#sampleOutputs,
      vectorOutputs: this.#vectorOutputs,
      instructions: this.instructions,
      outputs: this.#outputs,
    };
  }

  #record(op: Op, operands: readonly Value[], attributes: object, shape: Shape): Value {
    const ids = operands.map((operand) => operand.id);
    const key = `${op} ${ids.join()} ${showShape(shape)} ${brief(attributes)}`;
    const alike = this.#known.get(key) ?? [];
    if (alike.length === 0) this.#known.set(key, alike);
    const tables = Object.values(attributes).filter((value) => ArrayBuffer.isView(value)) as Table[];
    const known = alike.find((other) => other.tables.every((table, i) => isSame(table, tables[i])));
    if (known !== undefined) return known.value;
    const value = new Value(this, this.instructions.length, shape);
    this.instructions.push({ op, operands: ids, attributes, shape } as unknown as Instruction);
    alike.push({ value, tables });
    if (alike.length > mostAlike) alike.shift();
    return value;
  }
}

/** The numbers among the attributes, and of tables their lengths: written out, those of large layers would cost more than all else. */
function brief(attributes: object): string {
  return Object.values(attributes)
    .map((value) => (ArrayBuffer.isView(value) ? (value as Int32Array).length : value))
    .join();
}

function isSame(a: Table, b: Table): boolean {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}
