/** @file The addon, loaded once, and the whole native surface in types. */
import { loadAddon } from './addon.js';
import type {
  CentredQr,
  Evaluation,
  InnerFactor,
  Jacobian,
  ObjectiveKind,
  PrincipalComponents,
  ProgramArrays,
  StartOfW,
  StepOptions,
  StepResult,
  Svd,
  Timings,
} from './backend/backend.js';
import type { LossCurvature } from './backend/loss.js';
import type { EncodedProgram } from './program/encode.js';
import type { KroneckerBlock } from './program/perSample.js';
import type { QuadraticRegularizer } from './regularizer/quadratic.js';

/** What the addon is built with and runs on. */
export interface BuildInfo {
  readonly blas: string;
  readonly core: string;
  /** 1 pthreads, 2 OpenMP */
  readonly blasParallel: number;
  /** The instruction set of the elementwise kernels. */
  readonly simd: string;
  readonly hardwareThreads: number;
  readonly compiler: string;
  readonly napi: number;
}

/** A verified program. */
export interface NativeProgram {
  run(samples: number, arrays: Float64Array[], vectors: Float64Array[], threads: number): Promise<ProgramArrays>;
  runSync(samples: number, arrays: Float64Array[], vectors: Float64Array[], threads: number): ProgramArrays;
}

/** A loss with a kernel of the addon, or one of programs; see LossDefinition in backend/loss.ts. */
export type NativeLoss = { readonly curvature: LossCurvature } & (
  | { readonly kernel: string }
  | { readonly kernel: null; readonly value: NativeProgram; readonly products: NativeProgram }
);

export interface SessionConfig {
  readonly linearize: NativeProgram;
  readonly jvp: NativeProgram;
  readonly vjp: NativeProgram;
  readonly perSample: NativeProgram | null;
  readonly kronecker: readonly KroneckerBlock[] | null;
  readonly perSampleColumns: Int32Array | null;
  readonly inputs: Float64Array;
  readonly targets: Float64Array;
  readonly samples: number;
  readonly targetColumns: number;
  readonly weights: number;
  readonly objective?: ObjectiveKind;
  readonly bias: boolean;
  readonly loss: NativeLoss;
  readonly sampleWeights: Float64Array | null;
  readonly alphaW: number;
  readonly innerTolerance: number;
  readonly regularizer: QuadraticRegularizer;
  readonly jacobian: Jacobian;
  readonly pairs: number;
  readonly threads: number;
}

type Flag = Int32Array;

/** See Session in backend/backend.ts for the meaning of each. */
export interface NativeSession {
  evaluate(x: Float64Array, flag?: Flag, start?: StartOfW): Promise<Evaluation>;
  evaluateSync(x: Float64Array, flag?: Flag, start?: StartOfW): Evaluation;
  accept(): void;
  regularize(alphaW: number, regularizer: QuadraticRegularizer): void;
  gradient(flag?: Flag): Promise<Float64Array>;
  gradientSync(flag?: Flag): Float64Array;
  step(options: StepOptions, flag?: Flag, onProgress?: (vectors: number) => void): Promise<StepResult>;
  stepSync(options: StepOptions, flag?: Flag): StepResult;
  hessianProduct(v: Float64Array, flag?: Flag): Promise<Float64Array>;
  hessianProductSync(v: Float64Array, flag?: Flag): Float64Array;
  jacobianProductSync(v: Float64Array): Float64Array;
  jacobianTransposeProductSync(u: Float64Array): Float64Array;
  denseHessianSync(): Float64Array;
  innerFactorSync(): InnerFactor | null;
  weights(): Float64Array;
  W(): Float64Array;
  trialW(): Float64Array;
  residual(): Float64Array;
  features(): Float64Array;
  timings(): Timings;
  /** 0 before the first evaluation, which takes the memory. */
  readonly memoryBytes: number;
  dispose(): void;
  /** As dispose; the memory goes off the main thread, before the promise is fulfilled. */
  release(): Promise<void>;
}

/** The LU factorisation of a banded matrix in LAPACK's band storage. */
export interface NativeBandedLU {
  solve(rhs: Float64Array, flag?: Flag): Promise<Float64Array>;
  solveSync(rhs: Float64Array, flag?: Flag): Float64Array;
  dispose(): void;
}

type PredictArguments = [
  program: NativeProgram,
  theta: Float64Array,
  W: Float64Array,
  targetColumns: number,
  bias: boolean,
  inputs: Float64Array,
  samples: number,
  threads: number,
  flag?: Flag,
];

type CentredQrArguments = [
  samples: number,
  inputs: number,
  X: Float64Array,
  targets: number,
  T: Float64Array,
  weights?: Float64Array | null,
  flag?: Flag,
];

type PrincipalComponentsArguments = [
  samples: number,
  inputs: number,
  X: Float64Array,
  components: number,
  weights?: Float64Array | null,
  flag?: Flag,
];

/** Operations and elementwise functions in the order of their wire numbers; −1: one or more, or by shape. */
export interface InstructionSet {
  readonly operations: readonly {
    readonly name: string;
    readonly operands: number;
    readonly attributes: number;
    readonly inPlace: boolean;
    readonly computes: boolean;
  }[];
  readonly functions: readonly { readonly name: string; readonly parameter: boolean }[];
}

export interface Native {
  info(): BuildInfo;
  /** Tells all jobs of this environment to stop at their next tile or product. */
  stopAll(): void;
  instructionSet(): InstructionSet;
  readonly Program: new (program: EncodedProgram) => NativeProgram;
  readonly Session: new (config: SessionConfig) => NativeSession;
  readonly BandedLU: new (n: number, kl: number, ku: number, ab: Float64Array) => NativeBandedLU;
  predict(...args: PredictArguments): Promise<Float64Array>;
  predictSync(...args: PredictArguments): Float64Array;
  svd(rows: number, cols: number, A: Float64Array): Promise<Svd>;
  svdSync(rows: number, cols: number, A: Float64Array): Svd;
  /** R is column-major. */
  centredQr(...args: CentredQrArguments): Promise<CentredQr>;
  centredQrSync(...args: CentredQrArguments): CentredQr;
  principalComponents(...args: PrincipalComponentsArguments): Promise<PrincipalComponents>;
  principalComponentsSync(...args: PrincipalComponentsArguments): PrincipalComponents;
  elementwise(kind: number, parameter: number, x: Float64Array): { value: Float64Array; derivative: Float64Array };
}

let loaded: Native | null = null;

/** The addon, loaded once. Throws as loadAddon does. */
export function loadNative(): Native {
  loaded ??= loadAddon() as Native;
  return loaded;
}

/** What the native side is built with and runs on. */
export function info(): BuildInfo {
  return loadNative().info();
}
