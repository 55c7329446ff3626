/** @file The `js` backend: readable, without the addon, and slower; what the native backend is compared with. */
import { loadedNumbers } from '../../data/stored.js';
import { GnvproError } from '../../errors.js';
import type { Job } from '../../job/job.js';
import { product } from '../../linalg/matmul.js';
import { matrix, transposed, withOnes } from '../../linalg/matrix.js';
import { svd } from '../../linalg/svd.js';
import type { Program } from '../../program/program.js';
import type { Shape } from '../../program/shape.js';
import type { Backend, PredictOptions, ProgramArrays, Runner, Svd } from '../backend.js';
import { centredQr, principalComponents } from './centred.js';
import { Interpreter } from './interpreter.js';
import { job } from './job.js';
import { JsObjective } from './objective.js';
import type { JsPoint } from './point.js';

export const jsBackend: Backend = {
  name: 'js',
  recomputes: false,
  svd: (rows, cols, A) => job(() => thinSvd(rows, cols, A)),
  centredQr: (samples, X, T, weights) => job(() => centredQr(samples, loadedNumbers(X), loadedNumbers(T), weights)),
  principalComponents: (samples, X, components, weights) =>
    job(() => principalComponents(samples, loadedNumbers(X), components, weights)),
  prepare: (program) => new JsRunner(program),
  createObjective: (problem) => new JsObjective(problem),
  derivatives: (point) => point as JsPoint,
};

/** Numbers of all values of a program that a prediction holds at a time. */
const blockNumbers = 2 ** 24;

class JsRunner implements Runner {
  readonly #program: Program;
  readonly #interpreter: Interpreter;
  /** Numbers a sample. */
  readonly #columns: number;

  constructor(program: Program) {
    this.#program = program;
    this.#interpreter = new Interpreter(program);
    this.#columns = program.instructions.reduce((sum, { shape }) => sum + columnsOf(shape), 0);
  }

  run(samples: number, arrays: ProgramArrays): Job<ProgramArrays> {
    return job(() => this.#interpreter.run(samples, arrays));
  }

  runSingle(samples: number, arrays: ProgramArrays<Float32Array>): Job<ProgramArrays<Float32Array>> {
    return job(() => {
      const interpreter = new Interpreter(this.#program, 'float32');
      const wide = arrays.samples.map((array) => Float64Array.from(array));
      const results = interpreter.run(samples, { samples: wide, vectors: arrays.vectors });
      return { ...results, samples: results.samples.map((array) => Float32Array.from(array)) };
    });
  }

  predict(
    samples: number,
    inputs: Float64Array,
    theta: Float64Array,
    W: Float64Array,
    { targetColumns, bias, cancelFlag }: PredictOptions,
  ): Job<Float64Array> {
    return job(() => {
      if (Atomics.load(cancelFlag, 0) !== 0) throw new GnvproError('ERR_ABORTED', 'The prediction was cancelled.');
      const S = new Float64Array(samples * targetColumns);
      const step = Math.max(1, Math.floor(blockNumbers / this.#columns));
      const d = inputs.length / Math.max(samples, 1);
      for (let begin = 0; begin < samples; begin += step) {
        const end = Math.min(begin + step, samples);
        const part = this.#predictRows(end - begin, inputs.subarray(begin * d, end * d), theta, W, targetColumns, bias);
        S.set(part, begin * targetColumns);
      }
      return S;
    });
  }

  #predictRows(
    rows: number,
    inputs: Float64Array,
    theta: Float64Array,
    W: Float64Array,
    targetColumns: number,
    bias: boolean,
  ): Float64Array {
    const [features] = this.#interpreter.run(rows, { samples: [inputs], vectors: [theta] }).samples;
    const Z = matrix(rows, features.length / rows, features);
    const Zt = bias ? withOnes(Z) : Z;
    if (W.length !== targetColumns * Zt.cols) {
      throw new GnvproError(
        'ERR_ARGUMENT',
        `Expected ${targetColumns * Zt.cols} numbers for W but received ${W.length}.`,
      );
    }
    return product(Zt, matrix(targetColumns, Zt.cols, W), { tb: true }).data;
  }
}

function columnsOf(shape: Shape): number {
  return shape.kind === 'samples' ? shape.cols : 0;
}

/** U rows × r and Vt r × cols, r = min(rows, cols); a wide matrix by way of its transpose. */
function thinSvd(rows: number, cols: number, A: Float64Array): Svd {
  const wide = rows < cols;
  const { U, s, V } = svd(wide ? transposed(matrix(rows, cols, A)) : matrix(rows, cols, A));
  return wide ? { U: V.data, s, Vt: transposed(U).data } : { U: U.data, s, Vt: transposed(V).data };
}
