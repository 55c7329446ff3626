/** @file What a primitive is: everything that there is to know of an operation, in one record. */
import type { Matrix } from '../linalg/matrix.js';
import type { Codec } from './attributes.js';
import type { Emitter, Value } from './emitter.js';
import type { Declared, Shape } from './shape.js';

/** The tangent of an operand, or null where it does not move. */
export type Tangent = Value | null;

/** What an instruction without operands reads: a declared array, a slice of a declared vector, or numbers of its own. */
export type Input =
  | { readonly kind: 'samples'; readonly index: number }
  | { readonly kind: 'vector'; readonly index: number; readonly offset: number }
  | { readonly kind: 'constant'; readonly values: Float64Array };

/** `A`: what an instruction carries besides its operands. */
export interface Primitive<A extends object = object> {
  /** How many there are; `some`: one or more. */
  readonly operands: number | 'some';
  /** In the order in which they are written. */
  readonly attributes: { readonly [K in keyof A]: Codec<A[K], A> };
  /** Entry i of the result depends on entry i of the operands only: it may be written over one that dies with it. */
  readonly inPlace?: true;
  /** Present where there are no operands. */
  input?(attributes: A): Input;
  /** The result's shape, or a phrase that says what was expected. Absent where instructions bring their shape along. */
  shape?(operands: readonly Shape[], attributes: A, declared: Declared): Shape | string;
  /** What is wrong with the attributes, or null. */
  misfit?(operands: readonly Shape[], attributes: A, shape: Shape): string | null;
  /** Whether the result is its only operand: then nothing is recorded. */
  isIdentity?(operands: readonly Shape[], attributes: A, shape: Shape): boolean;
  /** The derivative of the result along the operands' tangents (at least one is not null); null where there is none to first order. */
  tangent?(b: Emitter, attributes: A, operands: readonly Value[], tangents: readonly Tangent[], result: Value): Tangent;
  /**
   * For a result that is linear in operand `index`: the cotangent of that operand from the result's (u). Operands are
   * values of the transposed program, null for those that are tangents; `shapes` are the shapes of all.
   */
  transpose?(
    b: Emitter,
    attributes: A,
    operands: readonly (Value | null)[],
    index: number,
    u: Value,
    shapes: readonly Shape[],
  ): Value;
  /**
   * For a sum over samples, or what follows from one: the rows of flat entries, one a sample, that add up to the
   * result. `isRows` says which operands are such rows themselves. Null where there is no such form.
   */
  bySample?(
    b: Emitter,
    attributes: A,
    operands: readonly Value[],
    isRows: readonly boolean[],
    shape: Shape,
  ): Value | null;
  /** Where columns of the result do not come from their own of the operands: from all, times another, side by side. */
  readonly columns?: 'mixed' | 'multiplied' | 'joined';
  /** A sum over samples is that of the Kronecker products of the operands' rows. */
  readonly kronecker?: true;
  /** Floating-point operations a sample (samples results and sums), or in all (fixed). Default: one an entry. */
  flops?(result: Shape, operands: readonly Shape[], attributes: A): number;
  /** The result has memory of its own; false for a part of an input. */
  readonly memory?: false;
  /** As a person writes it, given names of the operands. Default: the operation and its operands. */
  show?(operands: readonly string[], attributes: A, declared: Declared): string;
  /** What the operation means: writes the result into `out`, whatever that held before. Absent for inputs. */
  run?(attributes: A, operands: readonly Matrix[], out: Matrix, shape: Shape): void;
}

export type None = Record<never, never>;
