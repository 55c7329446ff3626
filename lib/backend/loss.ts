/** @file What a backend is told of a loss. */
import type { Program } from '../program/program.js';

/**
 * What the Hessian ∂²ℓ/∂s² of a sample looks like: `identity` only for ½ ‖s − c‖², which is projected in closed form;
 * `diagonal` where outputs do not mix; `sumsToZero` where every row does; `full` for any other.
 */
export const lossCurvatures = ['identity', 'diagonal', 'sumsToZero', 'full'] as const;
export type LossCurvature = (typeof lossCurvatures)[number];

/** A convex loss ℓ(s, c) by sample. */
export interface LossDefinition {
  readonly curvature: LossCurvature;
  /** The loop of the addon that computes the same as the programs in less time; null for the programs themselves. */
  readonly kernel: string | null;
  readonly programs: LossPrograms;
}

/** For t outputs; S, C and V are N × t. */
export interface LossPrograms {
  /** S, C → the loss of each sample (N × 1). */
  losses(targets: number): Program;
  /** S, C → the loss of each sample and its gradient (N × t). */
  value(targets: number): Program;
  /** S, C, V → the products of the Hessians with the rows of V (N × t). */
  products(targets: number): Program;
}

/** Whether W follows from a formula; the other losses take Newton's method. */
export function isClosed({ curvature }: Pick<LossDefinition, 'curvature'>): boolean {
  return curvature === 'identity';
}

/** Whether outputs do not mix: the Hessian of a sample is diagonal, and H_W has a block for each output. */
export function isSeparable({ curvature }: Pick<LossDefinition, 'curvature'>): boolean {
  return curvature === 'identity' || curvature === 'diagonal';
}

/** Up to this order H_W of outputs that mix is factorised (native/elimination/inner_hessian.h). */
export const largestInnerHessian = 2000;

/** Whether H_W, of order tm, has an exact factor. */
export function isFactored(loss: Pick<LossDefinition, 'curvature'>, order: number): boolean {
  return isSeparable(loss) || order <= largestInnerHessian;
}
