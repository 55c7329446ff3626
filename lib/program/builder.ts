/** @file Records instructions as layers are applied to traced values. Equal instructions are recorded once. */
import { GnvproError } from '../errors.js';
import { primitives } from './primitives.js';
import type {
  AttributesOf,
  FlatVector,
  Instruction,
  Op,
  Output,
  Program,
  SampleArray,
  UnaryAttributes,
} from './program.js';
import { fixed, type Shape, sameShape, samples, showShape, size } from './shape.js';

/** A traced array: the result of one instruction of one builder. */
export class Value {
  constructor(
    readonly builder: ProgramBuilder,
    readonly id: number,
    readonly shape: Shape,
  ) {}
}

/** Instructions that differ in their tables only are compared with the last few: of many, with all would take for ever. */
const mostAlike = 64;

export class ProgramBuilder {
  readonly instructions: Instruction[] = [];
  readonly #sampleInputs: SampleArray[] = [];
  readonly #vectorInputs: FlatVector[] = [];
  readonly #sampleOutputs: SampleArray[] = [];
  readonly #vectorOutputs: FlatVector[] = [];
  readonly #outputs: Output[] = [];
  readonly #known = new Map<string, Value[]>();
  readonly #scopes: string[] = [];

  constructor(readonly name: string) {}

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

  // Inputs and outputs.

  declareSamples(name: string, cols: number): number {
    return this.#sampleInputs.push({ name, cols }) - 1;
  }

  declareVector(name: string, length: number): number {
    return this.#vectorInputs.push({ name, length }) - 1;
  }

  sampleInput(array: number): Value {
    return this.#record('sampleInput', [], { array }, samples(this.#sampleInputs[array].cols));
  }

  /** The slice of a flat vector that starts at `offset`, seen as rows × cols. */
  vectorInput(vector: number, offset: number, rows: number, cols: number): Value {
    return this.#record('vectorInput', [], { vector, offset }, fixed(rows, cols));
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

  // Primitives.

  constant(rows: number, cols: number, values: ArrayLike<number>): Value {
    if (values.length !== rows * cols) {
      throw this.shapeError(`a constant of ${rows}×${cols} needs ${rows * cols} values but received ${values.length}.`);
    }
    return this.#record('constant', [], { values: Float64Array.from(values) }, fixed(rows, cols));
  }

  matmul(a: Value, b: Value, flags: { ta?: boolean; tb?: boolean } = {}): Value {
    return this.emit('matmul', [a, b], { ta: flags.ta ?? false, tb: flags.tb ?? false });
  }

  add(a: Value, b: Value): Value {
    return this.emit('add', [a, b], {});
  }

  sub(a: Value, b: Value): Value {
    return this.emit('sub', [a, b], {});
  }

  mul(a: Value, b: Value): Value {
    return this.emit('mul', [a, b], {});
  }

  scale(a: Value, factor: number): Value {
    return factor === 1 ? a : this.emit('scale', [a], { factor });
  }

  addRow(a: Value, row: Value): Value {
    return this.emit('addRow', [a, row], {});
  }

  mulRow(a: Value, row: Value): Value {
    return this.emit('mulRow', [a, row], {});
  }

  broadcastRow(row: Value): Value {
    return this.emit('broadcastRow', [row], {});
  }

  sumSamples(a: Value): Value {
    return this.emit('sumSamples', [a], {});
  }

  unary(a: Value, attributes: UnaryAttributes): Value {
    return this.emit('unary', [a], attributes);
  }

  /** σ′(x) given x and σ(x). */
  unaryDerivative(x: Value, y: Value, attributes: UnaryAttributes): Value {
    return this.emit('unaryDerivative', [x, y], attributes);
  }

  concat(parts: readonly Value[]): Value {
    return parts.length === 1 ? parts[0] : this.emit('concat', parts, {});
  }

  /** Picks columns (samples) or flat entries (fixed, result rows × cols); index −1 gives 0. */
  gather(a: Value, indices: ArrayLike<number>, shape: Shape): Value {
    return this.#withIndices('gather', a, indices, shape);
  }

  /** The transpose of gather: adds column or entry i of `a` into place indices[i] of the result. */
  scatter(a: Value, indices: ArrayLike<number>, shape: Shape): Value {
    return this.#withIndices('scatter', a, indices, shape);
  }

  outer(a: Value, b: Value): Value {
    return this.emit('outer', [a, b], {});
  }

  /** Records any instruction whose result shape follows from its operands. */
  emit<O extends Op>(op: O, operands: readonly Value[], attributes: AttributesOf[O]): Value {
    for (const operand of operands) {
      if (operand.builder !== this) throw this.shapeError(`${op}: a traced array of another network was used here.`);
    }
    const shape = primitives[op].shape(
      operands.map((operand) => operand.shape),
      attributes as never,
    );
    if (typeof shape === 'string') {
      const found = operands.map((operand) => showShape(operand.shape)).join(' and ');
      throw this.shapeError(`${op}: expected ${shape} but received ${found}.`);
    }
    return this.#record(op, operands, attributes, shape);
  }

  build(): Program {
    return {
      name: this.name,
      sampleInputs: this.#sampleInputs,
      vectorInputs: this.#vectorInputs,
      sampleOutputs: this.#sampleOutputs,
      vectorOutputs: this.#vectorOutputs,
      instructions: this.instructions,
      outputs: this.#outputs,
    };
  }

  #withIndices(op: 'gather' | 'scatter', a: Value, indices: ArrayLike<number>, shape: Shape): Value {
    const table = Int32Array.from(indices);
    const [source, target] = op === 'gather' ? [a.shape, shape] : [shape, a.shape];
    if (a.shape.kind !== shape.kind || table.length !== size(target)) {
      throw this.shapeError(
        `${op}: expected ${size(target)} indices between arrays of one kind but received ${table.length}, ` +
          `${showShape(a.shape)} to ${showShape(shape)}.`,
      );
    }
    if (table.some((index) => index < -1 || index >= size(source))) {
      throw this.shapeError(`${op}: an index is outside −1 … ${size(source) - 1}.`);
    }
    const identity = sameShape(a.shape, shape) && table.every((index, i) => index === i);
    return identity ? a : this.#record(op, [a], { indices: table }, shape);
  }

  #record<O extends Op>(op: O, operands: readonly Value[], attributes: AttributesOf[O], shape: Shape): Value {
    const ids = operands.map((operand) => operand.id);
    const key = `${op} ${ids.join()} ${showShape(shape)} ${brief(attributes)}`;
    const alike = this.#known.get(key) ?? [];
    if (alike.length === 0) this.#known.set(key, alike);
    const known = alike.find(({ id }) => sameTables(this.instructions[id].attributes, attributes));
    if (known !== undefined) return known;
    const value = new Value(this, this.instructions.length, shape);
    this.instructions.push({ op, operands: ids, attributes, shape } as unknown as Instruction);
    alike.push(value);
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

/** Whether the tables of two instructions that are otherwise alike hold the same. */
function sameTables(a: object, b: object): boolean {
  const others = Object.values(b);
  return Object.values(a).every((table, i) => {
    if (!ArrayBuffer.isView(table)) return true;
    return (table as Float64Array).every((x, k) => Object.is(x, others[i][k]));
  });
}
