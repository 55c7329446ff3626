/** @file The native backend: the same programs, run by the addon off the main thread. */
import { loadNative, type Native, type NativeLoss, type NativeProgram, type NativeSession } from '../binding.js';
import type { Job } from '../job/job.js';
import { encode } from '../program/encode.js';
import type { Program } from '../program/program.js';
import type { QuadraticRegularizer } from '../regularizer/quadratic.js';
import type {
  Backend,
  Evaluation,
  InnerFactor,
  PredictOptions,
  ProblemDefinition,
  ProgramArrays,
  Runner,
  Session,
  StartOfW,
  StepOptions,
  StepResult,
} from './backend.js';
import type { LossDefinition } from './loss.js';

/** Loaded on first use; throws ERR_ADDON_MISSING with the cure. */
export const nativeBackend: Backend = {
  name: 'native',
  prepare: (program) => new NativeRunner(loadNative(), program),
  createSession: (problem) => new NativeSessionAdapter(loadNative(), problem),
  svd: (rows, cols, A) => ({
    sync: () => loadNative().svdSync(rows, cols, A),
    async: () => loadNative().svd(rows, cols, A),
  }),
  centredQr: (samples, X, T, weights, cancelFlag) => {
    const args = [samples, X.length / samples, X, T.length / samples, T, weights, cancelFlag] as const;
    return { sync: () => loadNative().centredQrSync(...args), async: () => loadNative().centredQr(...args) };
  },
  principalComponents: (samples, X, components, weights, cancelFlag) => {
    const args = [samples, X.length / samples, X, components, weights, cancelFlag] as const;
    return {
      sync: () => loadNative().principalComponentsSync(...args),
      async: () => loadNative().principalComponents(...args),
    };
  },
};

function load(native: Native, program: Program): NativeProgram {
  return new native.Program(encode(program));
}

function loadLoss(native: Native, { curvature, kernel, programs }: LossDefinition, targets: number): NativeLoss {
  if (kernel !== null) return { curvature, kernel };
  const [value, products] = [load(native, programs.value(targets)), load(native, programs.products(targets))];
  return { curvature, kernel, value, products };
}

class NativeRunner implements Runner {
  readonly #native: Native;
  readonly #program: NativeProgram;

  constructor(native: Native, program: Program) {
    this.#native = native;
    this.#program = load(native, program);
  }

  run(samples: number, arrays: ProgramArrays, threads = 1): Job<ProgramArrays> {
    const program = this.#program;
    return {
      sync: () => program.runSync(samples, arrays.samples, arrays.vectors, threads),
      async: () => program.run(samples, arrays.samples, arrays.vectors, threads),
    };
  }

  predict(
    samples: number,
    inputs: Float64Array,
    theta: Float64Array,
    W: Float64Array,
    { targetColumns, bias, threads, cancelFlag }: PredictOptions,
  ): Job<Float64Array> {
    const native = this.#native;
    const program = this.#program;
    return {
      sync: () => native.predictSync(program, theta, W, targetColumns, bias, inputs, samples, threads, cancelFlag),
      async: () => native.predict(program, theta, W, targetColumns, bias, inputs, samples, threads, cancelFlag),
    };
  }
}

class NativeSessionAdapter implements Session {
  readonly #session: NativeSession;
  readonly #flag: Int32Array;

  constructor(native: Native, problem: ProblemDefinition) {
    const { objective = 'reduced', programs, cancelFlag, loss, ...rest } = problem;
    const { perSample } = programs;
    this.#flag = cancelFlag;
    this.#session = new native.Session({
      ...rest,
      objective,
      loss: loadLoss(native, loss, problem.targetColumns),
      linearize: load(native, programs.linearize),
      jvp: load(native, programs.jvp),
      vjp: load(native, programs.vjp),
      perSample: perSample && load(native, perSample.program),
      kronecker: perSample?.kronecker ?? null,
      perSampleColumns: perSample?.columns ?? null,
    });
  }

  evaluate(x: Float64Array, start?: StartOfW): Job<Evaluation> {
    return {
      sync: () => this.#session.evaluateSync(x, this.#flag, start),
      async: () => this.#session.evaluate(x, this.#flag, start),
    };
  }

  accept(): void {
    this.#session.accept();
  }

  regularize(alphaW: number, regularizer: QuadraticRegularizer): void {
    this.#session.regularize(alphaW, regularizer);
  }

  gradient(): Job<Float64Array> {
    return {
      sync: () => this.#session.gradientSync(this.#flag),
      async: () => this.#session.gradient(this.#flag),
    };
  }

  step(options: StepOptions): Job<StepResult> {
    return {
      sync: () => this.#session.stepSync(options, this.#flag),
      async: () => this.#session.step(options, this.#flag),
    };
  }

  hessianProduct(v: Float64Array): Job<Float64Array> {
    return {
      sync: () => this.#session.hessianProductSync(v),
      async: () => this.#session.hessianProduct(v),
    };
  }

  jacobianProduct(v: Float64Array): Float64Array {
    return this.#session.jacobianProductSync(v);
  }

  jacobianTransposeProduct(u: Float64Array): Float64Array {
    return this.#session.jacobianTransposeProductSync(u);
  }

  denseHessian(): Float64Array {
    return this.#session.denseHessianSync();
  }

  innerFactor(): InnerFactor | null {
    return this.#session.innerFactorSync();
  }

  weights(): Float64Array {
    return this.#session.weights();
  }

  W(): Float64Array {
    return this.#session.W();
  }

  trialW(): Float64Array {
    return this.#session.trialW();
  }

  residual(): Float64Array {
    return this.#session.residual();
  }

  features(): Float64Array {
    return this.#session.features();
  }

  timings() {
    return this.#session.timings();
  }

  get memoryBytes(): number {
    return this.#session.memoryBytes;
  }

  dispose(): void {
    this.#session.dispose();
  }

  release(): Job<void> {
    return {
      sync: () => this.dispose(),
      async: async () => {
        try {
          await this.#session.release();
        } catch {
          // No memory for the job: the session goes all the same.
          this.dispose();
        }
      },
    };
  }
}
