/** @file The addon, loaded once, and the whole native surface in types. */
import { loadAddon } from './addon.js';
import type {
  CentredQr,
  Derivatives,
  Objective,
  Point,
  PrincipalComponents,
  ProblemDefinition,
  ProgramArrays,
  Svd,
} from './backend/backend.js';
import type { LossCurvature } from './backend/loss.js';
import { type BlasTest, checkBlas } from './blasTest.js';
import type { FileRows } from './files/fileMatrix.js';
import type { Job } from './job/job.js';
import type { EncodedProgram } from './program/encode.js';
import type { KroneckerBlock } from './program/perSample.js';

/** What the addon is built with and runs on. */
export interface BuildInfo {
  readonly blas: string;
  /** The kernel of OpenBLAS. */
  readonly core: string;
  /** 1 pthreads, 2 OpenMP */
  readonly blasParallel: number;
  readonly blasTest: BlasTest;
  /** The instruction set of the elementwise kernels. */
  readonly simd: string;
  readonly hardwareThreads: number;
  /** That may compute at the same time; see `setThreads`. */
  readonly threads: number;
  readonly compiler: string;
  readonly napi: number;
}

/** A verified program. */
export interface NativeProgram {
  run(samples: number, arrays: Float64Array[], vectors: Float64Array[], threads: number): Job<ProgramArrays>;
  runSingle(
    samples: number,
    arrays: Float32Array[],
    vectors: Float64Array[],
    threads: number,
  ): Job<ProgramArrays<Float32Array>>;
}

/** A loss with a kernel of the addon, or one of programs; see LossDefinition in backend/loss.ts. */
export type NativeLoss = { readonly curvature: LossCurvature } & (
  | { readonly kernel: string }
  | { readonly kernel: null; readonly value: NativeProgram; readonly products: NativeProgram }
);

/** A problem whose programs are loaded. */
export interface ObjectiveConfig
  extends Omit<ProblemDefinition, 'programs' | 'loss' | 'cancelFlag' | 'inputs' | 'targets'> {
  readonly inputs: Float64Array | Float32Array | FileRows;
  readonly targets: Float64Array | FileRows;
  readonly linearize: NativeProgram;
  readonly jvp: NativeProgram;
  readonly vjp: NativeProgram;
  readonly columnsInFlight: number;
  readonly perSample: NativeProgram | null;
  readonly kronecker: readonly KroneckerBlock[] | null;
  readonly perSampleColumns: Int32Array | null;
  readonly loss: NativeLoss;
  readonly cancelFlag?: Int32Array | null;
}

type Flag = Int32Array;

/** What Objective.at() gives. */
export type NativePoint = Point & Derivatives;

/** The LU factorisation of a banded matrix in LAPACK's band storage. */
export interface NativeBandedLU {
  solve(rhs: Float64Array, flag?: Flag): Job<Float64Array>;
  dispose(): void;
}

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

/** Threads of the process at this moment. */
export interface ThreadUse {
  /** The most that compute at the same time. */
  readonly threads: number;
  /** Jobs that compute now, each on one thread. */
  readonly computing: number;
  /** Threads that help one of them. */
  readonly helping: number;
  /** Jobs, of this environment (the main thread, or a worker), for which there is no thread yet. */
  readonly waiting: number;
}

export interface Native {
  info(): BuildInfo;
  setThreads(threads: number): void;
  threadUse(): ThreadUse;
  /** Bytes outside of the heap that V8 knows of. */
  externalMemory(): number;
  /** Tells all jobs of this environment to stop at their next tile or product. */
  stopAll(): void;
  instructionSet(): InstructionSet;
  /** Handles of work: each runs it once, in one of its ways. */
  readonly Job: abstract new () => Job<unknown>;
  readonly Program: new (program: EncodedProgram) => NativeProgram;
  readonly Objective: new (config: ObjectiveConfig) => Objective;
  readonly Point: abstract new () => NativePoint;
  readonly BandedLU: new (n: number, kl: number, ku: number, ab: Float64Array) => NativeBandedLU;
  predict(
    program: NativeProgram,
    theta: Float64Array,
    W: Float64Array,
    targetColumns: number,
    bias: boolean,
    inputs: Float64Array,
    samples: number,
    threads: number,
    flag?: Flag,
  ): Job<Float64Array>;
  svd(rows: number, cols: number, A: Float64Array): Job<Svd>;
  /** R is column-major. */
  centredQr(
    samples: number,
    inputs: number,
    X: Float64Array | FileRows,
    targets: number,
    T: Float64Array | FileRows,
    weights?: Float64Array | null,
    flag?: Flag,
  ): Job<CentredQr>;
  principalComponents(
    samples: number,
    inputs: number,
    X: Float64Array | FileRows,
    components: number,
    weights?: Float64Array | null,
    flag?: Flag,
  ): Job<PrincipalComponents>;
  elementwise(kind: number, parameter: number, x: Float64Array): { value: Float64Array; derivative: Float64Array };
}

let loaded: Native | null = null;
let trusted: Native | null = null;

function load(): Native {
  loaded ??= loadAddon() as Native;
  return loaded;
}

/** The addon, loaded once. Throws as loadAddon does, and ERR_BLAS_WRONG. */
export function loadNative(): Native {
  if (trusted === null) {
    checkBlas(load().info());
    trusted = load();
  }
  return trusted;
}

/** What the native side is built with and runs on; also where its BLAS computes wrong numbers. */
export function info(): BuildInfo {
  return load().info();
}
