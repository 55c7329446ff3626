/** @file From programs to procedures: a line an instruction, and the arrays that the lines name. */
import { eliminateDeadCode } from '../../program/eliminate.js';
import { linearize } from '../../program/linearize.js';
import { primitives } from '../../program/primitives.js';
import { inputOf, type Program } from '../../program/program.js';
import { schedule } from '../../program/schedule.js';
import { transpose } from '../../program/transpose.js';
import { exportError } from '../error.js';
import type { Exported } from '../exported.js';
import { type Helper, helpers } from './helpers.js';
import type { Buffer, Procedure } from './procedure.js';
import { type Call, type Place, statements } from './statements.js';

export interface Code {
  /** Helpers, then `evaluate` (inputs → outputs) and `differentiate` (inputs → their Jacobian, outputs × inputs). */
  readonly procedures: readonly Procedure[];
  readonly constants: ReadonlyMap<Float64Array, string>;
  readonly tables: ReadonlyMap<Int32Array, string>;
}

/** With `estimate` (inputs → probabilities) where outputs are logits. Throws ERR_EXPORT. */
export function codeOf(exported: Exported): Code {
  const { inputs, outputs, program, inverseLink } = exported;
  checkDifferentiable(program);
  const unit = new Unit();
  unit.procedure('evaluate', 'outputs', (body) => body.run(program, ['inputs'], ['outputs']));
  unit.procedure('differentiate', 'jacobian', (body) => differentiate(body, program, inputs, outputs));
  if (inverseLink !== null) {
    unit.procedure('estimate', 'probabilities', (body) => {
      const logits = body.buffer(outputs);
      body.line(`evaluate(inputs, ${logits});`);
      body.call([inverseLink === 'softmax' ? 'softmax' : 'sigmoidValues', 'probabilities', logits, outputs]);
    });
  }
  return unit;
}

/** Throws ERR_EXPORT, also for what the Jacobian of the model would refuse. */
function checkDifferentiable({ instructions }: Program): void {
  const found = instructions.find(({ operands, op }) => operands.length > 0 && primitives[op].tangent === undefined);
  if (found === undefined) return;
  throw exportError(`${found.op} in its network has no derivative, so that there is no Jacobian; .onnx goes without`);
}

/** Row by row from unit cotangents, or column by column from unit tangents: whichever are fewer. */
function differentiate(body: Body, program: Program, inputs: number, outputs: number): void {
  const { primal, tangents } = linearize(program, [{ kind: 'samples', index: 0 }]);
  const residuals = primal.sampleOutputs.slice(1).map(({ cols }) => body.buffer(cols));
  body.run(withoutResult(primal), ['inputs'], ['', ...residuals]);
  const byRow = outputs <= inputs;
  const [directions, entries] = byRow ? [outputs, inputs] : [inputs, outputs];
  const direction = body.buffer(directions);
  const derivative = body.buffer(entries);
  const linear = byRow ? transpose(tangents[0], 'samples') : tangents[0];
  const [begin, stride] = byRow ? [`k * ${inputs}`, 1] : ['k', inputs];
  body.loop('k', directions, () => {
    body.call(['unit', direction, 'k', directions]);
    body.run(linear, ['inputs', ...residuals, direction], [derivative]);
    body.call(['place', 'jacobian', begin, stride, derivative, entries]);
  });
}

/** The residuals alone. */
function withoutResult(primal: Program): Program {
  return eliminateDeadCode({ ...primal, outputs: primal.outputs.filter(({ index }) => index > 0) });
}

class Unit implements Code {
  readonly constants = new Map<Float64Array, string>();
  readonly tables = new Map<Int32Array, string>();
  readonly #used = new Set<Helper>();
  readonly #own: Procedure[] = [];
  #buffers = 0;

  get procedures(): Procedure[] {
    return [...[...this.#used].map((helper) => helpers[helper]), ...this.#own];
  }

  procedure(name: string, result: string, fill: (body: Body) => void): void {
    const body = new Body(this);
    fill(body);
    const parameters = ['const double *inputs', `double *${result}`];
    this.#own.push({ name, parameters, buffers: body.buffers, lines: body.lines });
  }

  /** Names are unique in the whole unit. */
  buffer(length: number): Buffer {
    return { name: `b${this.#buffers++}`, length };
  }

  use(helper: Helper): void {
    this.#used.add(helper);
  }
}

class Body {
  readonly buffers: Buffer[] = [];
  readonly lines: string[] = [];
  readonly #unit: Unit;
  #indent = '';

  constructor(unit: Unit) {
    this.#unit = unit;
  }

  buffer(length: number): string {
    const buffer = this.#unit.buffer(length);
    this.buffers.push(buffer);
    return buffer.name;
  }

  call([helper, ...operands]: Call): void {
    this.#unit.use(helper);
    this.line(`${helper}(${operands.join(', ')});`);
  }

  line(text: string): void {
    this.lines.push(this.#indent + text);
  }

  loop(index: string, count: number, fill: () => void): void {
    this.line(`for (int ${index} = 0; ${index} < ${count}; ${index}++) {`);
    this.#indent += '  ';
    fill();
    this.#indent = this.#indent.slice(2);
    this.line('}');
  }

  /** `inputs` and `outputs`: where the samples arrays of the program are. Values share buffers as on the tiles of samples. */
  run(program: Program, inputs: readonly string[], outputs: readonly string[]): void {
    const { storage, slotColumns } = schedule(program);
    const slots = slotColumns.map((cols) => this.buffer(cols));
    const places: string[] = [];
    program.instructions.forEach((instruction, id) => {
      const { op, operands, attributes, shape } = instruction;
      const input = inputOf(instruction);
      if (input?.kind === 'constant') places[id] = nameIn(this.#unit.constants, input.values, 'w');
      else if (input !== null) places[id] = inputs[input.index];
      else places[id] = storage[id] >= 0 ? slots[storage[id]] : outputs[-2 - storage[id]];
      const place: Place<unknown> = {
        out: places[id],
        operands: operands.map((operand) => places[operand]),
        shapes: operands.map((operand) => program.instructions[operand].shape),
        attributes,
        n: shape.cols,
        table: (indices) => nameIn(this.#unit.tables, indices, 't'),
      };
      for (const call of (statements[op] as (place: Place<unknown>) => readonly Call[])(place)) this.call(call);
    });
    for (const { index, value } of program.outputs) {
      const [from, to] = [places[value], outputs[index]];
      if (from !== to) this.call(['place', to, 0, 1, from, program.instructions[value].shape.cols]);
    }
  }
}

/** Arrays of instructions that a derivation copied are the same objects. */
function nameIn<T>(names: Map<T, string>, array: T, prefix: string): string {
  const name = names.get(array) ?? `${prefix}${names.size}`;
  names.set(array, name);
  return name;
}
