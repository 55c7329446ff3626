/** @file What the operators of ONNX are told of an instruction. */
import type { Shape } from '../../program/shape.js';
import type { Graph } from './graph.js';

/** An instruction in the graph. */
export interface Place<A> {
  readonly operands: readonly string[];
  readonly shapes: readonly Shape[];
  readonly attributes: A;
  readonly shape: Shape;
}

/** Returns the name of the result. */
export type Operator<A> = (g: Graph, place: Place<A>) => string;
