/**
 * @file Linearisation: a program becomes (1) itself plus stored residuals and (2) the linear programs of its
 * derivatives, which read those residuals: activations and their derivatives are evaluated in (1) only.
 */
import { ProgramBuilder } from './builder.js';
import { eliminateDeadCode } from './eliminate.js';
import type { Value } from './emitter.js';
import type { Tangent } from './primitive.js';
import { primitives } from './primitives.js';
import {
  dependsOn,
  type Instruction,
  inputOf,
  isVariable,
  type Output,
  type Program,
  type Variable,
} from './program.js';
import { declareInputs, replay, type ValueMap } from './replay.js';
import { type FixedShape, type FlatVector, type SampleArray, size } from './shape.js';

export interface Linearization {
  /** The outputs of the program, then the residual arrays; vector output 0 holds the fixed residuals. */
  readonly primal: Program;
  /** One a variable: inputs of the program, residual arrays, fixed residuals, tangent → tangent of output 0. */
  readonly tangents: readonly Program[];
}

/** The tangents of the program's first output along one variable, recorded in the joint builder. */
interface Pushforward {
  readonly variable: Variable;
  /** Index of the tangent among the joint program's inputs of the variable's kind. */
  readonly input: number;
  /** Instructions that the result depends on and that move with the variable, ascending. */
  readonly moving: readonly number[];
  /** Null where the output does not move at all. */
  readonly result: Value | null;
}

/** Linearises output 0 of `program` along each variable; the tangent programs share one set of residuals. */
export function linearize(program: Program, variables: readonly Variable[]): Linearization {
  const joint = new ProgramBuilder(program.name);
  declareInputs(joint, program);
  const values: ValueMap = [];
  for (let id = 0; id < program.instructions.length; id++) values[id] = replay(joint, program, id, values);
  const pushforwards = variables.map((variable) => pushForward(joint, program, values, variable));
  const stored = collectResiduals(joint.instructions, pushforwards);
  return {
    primal: primalProgram(joint, program, values, stored),
    tangents: pushforwards.map((pushforward) => tangentProgram(joint, program, pushforward, stored)),
  };
}

function pushForward(joint: ProgramBuilder, program: Program, values: ValueMap, variable: Variable): Pushforward {
  const input = declareTangent(joint, program, variable);
  const tangents: Tangent[] = [];
  const tangentOf = (instruction: Instruction, id: number): Tangent => {
    if (isVariable(instruction, variable)) return tangentInput(joint, instruction, input);
    const inner = instruction.operands.map((operand) => tangents[operand]);
    if (inner.every((tangent) => tangent === null)) return null;
    const rule = primitives[instruction.op].tangent;
    if (rule === undefined) throw joint.shapeError(`${instruction.op} cannot be differentiated inside a network.`);
    const operands = instruction.operands.map((operand) => values[operand] as Value);
    return rule(joint, instruction.attributes, operands, inner, values[id] as Value);
  };
  program.instructions.forEach((instruction, id) => {
    tangents[id] = tangentOf(instruction, id);
  });
  const result = tangents[program.outputs[0].value];
  const moving =
    result === null ? [] : movingInstructions(joint.instructions, result.id, { ...variable, index: input });
  return { variable, input, moving, result };
}

function declareTangent(b: ProgramBuilder, program: Program, { kind, index }: Variable): number {
  return kind === 'vector'
    ? b.declareVector('tangent', program.vectorInputs[index].length)
    : b.declareSamples('tangent', program.sampleInputs[index].cols);
}

/** The tangent of an input instruction: the same slice of the tangent vector, or the tangent array. */
function tangentInput(b: ProgramBuilder, instruction: Instruction, tangent: number): Value {
  const input = inputOf(instruction);
  if (input?.kind !== 'vector') return b.sampleInput(tangent);
  const { rows, cols } = instruction.shape as FixedShape;
  return b.vectorInput(tangent, input.offset, rows, cols);
}

function movingInstructions(instructions: readonly Instruction[], result: number, tangent: Variable): number[] {
  const moves = dependsOn(instructions, tangent);
  const needed = new Set([result]);
  for (let id = result; id >= 0; id--) {
    if (needed.has(id)) for (const operand of instructions[id].operands) if (moves[operand]) needed.add(operand);
  }
  return [...needed].sort((a, b) => a - b);
}

/** What is stored of values that do not move: joint id → residual array, or fixed residual offset. */
interface Stored {
  readonly arrays: Map<number, number>;
  readonly offsets: Map<number, number>;
  readonly fixedLength: number;
}

function collectResiduals(instructions: readonly Instruction[], pushforwards: readonly Pushforward[]): Stored {
  const arrays = new Map<number, number>();
  const offsets = new Map<number, number>();
  let fixedLength = 0;
  for (const { moving } of pushforwards) {
    const moves = new Set(moving);
    for (const operand of moving.flatMap((id) => instructions[id].operands)) {
      const instruction = instructions[operand];
      if (moves.has(operand) || inputOf(instruction) !== null || arrays.has(operand) || offsets.has(operand)) continue;
      if (instruction.shape.kind === 'fixed') {
        offsets.set(operand, fixedLength);
        fixedLength += size(instruction.shape);
      } else arrays.set(operand, arrays.size);
    }
  }
  return { arrays, offsets, fixedLength };
}

function primalProgram(joint: ProgramBuilder, program: Program, values: ValueMap, stored: Stored): Program {
  const { instructions } = joint;
  const outputs: Output[] = program.outputs.map((output) => ({ ...output, value: (values[output.value] as Value).id }));
  const sampleOutputs: SampleArray[] = [...program.sampleOutputs];
  for (const id of stored.arrays.keys()) {
    outputs.push({ kind: 'samples', index: sampleOutputs.length, value: id });
    sampleOutputs.push({
      name: `residual${sampleOutputs.length - program.sampleOutputs.length}`,
      cols: instructions[id].shape.cols,
    });
  }
  for (const [id, offset] of stored.offsets) outputs.push({ kind: 'vector', index: 0, offset, value: id });
  const vectorOutputs: FlatVector[] = [{ name: 'fixedResiduals', length: stored.fixedLength }];
  const name = `${program.name}, linearized`;
  return eliminateDeadCode({ ...program, name, instructions, outputs, sampleOutputs, vectorOutputs });
}

function tangentProgram(joint: ProgramBuilder, program: Program, push: Pushforward, stored: Stored): Program {
  const { variable, moving, result } = push;
  const along = (variable.kind === 'vector' ? program.vectorInputs : program.sampleInputs)[variable.index].name;
  const b = new ProgramBuilder(`${program.name}, derivative along ${along}`);
  const source = joint.build();
  declareLinearInputs(b, program, source, stored);
  const input = declareTangent(b, program, variable);
  const map: ValueMap = [];
  for (const id of moving) {
    const instruction = source.instructions[id];
    for (const operand of instruction.operands) load(b, program, source, operand, stored, map);
    map[id] = inputOf(instruction) === null ? replay(b, source, id, map) : tangentInput(b, instruction, input);
  }
  const { name, cols } = program.sampleOutputs[0];
  b.declareSampleOutput(`d${name}`, result === null ? b.zeros(cols) : (map[result.id] as Value));
  return b.build();
}

function declareLinearInputs(b: ProgramBuilder, program: Program, source: Program, stored: Stored): void {
  for (const { name, cols } of program.sampleInputs) b.declareSamples(name, cols);
  for (const [id, index] of stored.arrays) b.declareSamples(`residual${index}`, source.instructions[id].shape.cols);
  for (const { name, length } of program.vectorInputs) b.declareVector(name, length);
  b.declareVector('fixedResiduals', stored.fixedLength);
}

/** Enters a value that does not move, an input or a residual, in the map of a tangent program. */
function load(b: ProgramBuilder, program: Program, source: Program, id: number, stored: Stored, map: ValueMap): void {
  if (map[id] !== undefined) return;
  const isStored = stored.arrays.has(id) || stored.offsets.has(id);
  map[id] = isStored ? residual(b, program, source, id, stored) : replay(b, source, id, map);
}

function residual(b: ProgramBuilder, program: Program, source: Program, id: number, stored: Stored): Value {
  const array = stored.arrays.get(id);
  if (array !== undefined) return b.sampleInput(program.sampleInputs.length + array);
  const { rows, cols } = source.instructions[id].shape as FixedShape;
  return b.vectorInput(program.vectorInputs.length, stored.offsets.get(id) as number, rows, cols);
}
