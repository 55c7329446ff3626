/** @file The straight-line program: what a traced network becomes, and what both backends run. */
import type { Shape } from './shape.js';

/** Elementwise functions, in the order of their wire numbers. */
export const unaryKinds = ['tanh', 'sigmoid', 'relu', 'smoothRelu', 'softplus', 'sine', 'exp', 'inverseSqrt'] as const;
export type UnaryKind = (typeof unaryKinds)[number];

export interface UnaryAttributes {
  readonly kind: UnaryKind;
  /** η of `smoothRelu`; null elsewhere. */
  readonly parameter: number | null;
}

/** What an instruction carries besides its operands, by operation. */
export interface AttributesOf {
  sampleInput: { readonly array: number };
  vectorInput: { readonly vector: number; readonly offset: number };
  constant: { readonly values: Float64Array };
  matmul: { readonly ta: boolean; readonly tb: boolean };
  add: Record<never, never>;
  sub: Record<never, never>;
  mul: Record<never, never>;
  scale: { readonly factor: number };
  addRow: Record<never, never>;
  mulRow: Record<never, never>;
  broadcastRow: Record<never, never>;
  sumSamples: Record<never, never>;
  unary: UnaryAttributes;
  unaryDerivative: UnaryAttributes;
  concat: Record<never, never>;
  gather: { readonly indices: Int32Array };
  scatter: { readonly indices: Int32Array };
  outer: Record<never, never>;
}

export type Op = keyof AttributesOf;

/** Instruction i of a program defines value i. */
export type Instruction = {
  [O in Op]: {
    readonly op: O;
    readonly operands: readonly number[];
    readonly attributes: AttributesOf[O];
    readonly shape: Shape;
  };
}[Op];

export type InstructionOf<O extends Op> = Extract<Instruction, { op: O }>;

export interface SampleArray {
  readonly name: string;
  readonly cols: number;
}

export interface FlatVector {
  readonly name: string;
  readonly length: number;
}

/** A value written to a whole sample array, or to a slice of a flat vector. */
export type Output =
  | { readonly kind: 'samples'; readonly index: number; readonly value: number }
  | { readonly kind: 'vector'; readonly index: number; readonly offset: number; readonly value: number };

export interface Program {
  readonly name: string;
  readonly sampleInputs: readonly SampleArray[];
  readonly vectorInputs: readonly FlatVector[];
  readonly sampleOutputs: readonly SampleArray[];
  readonly vectorOutputs: readonly FlatVector[];
  readonly instructions: readonly Instruction[];
  readonly outputs: readonly Output[];
}
