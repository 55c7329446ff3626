/**
 * @file What every layer must pass, in one line: `conformance(t, name, description, inputs)`. Derivatives are checked
 * by Taylor and scalar-product tests, the sums by their summands, `js` and `native` by each other, single precision by
 * double precision, and descriptions by their JSON.
 */
import type { Test } from 'tap';
import type { Backend, Precision } from '../../lib/backend/backend.js';
import { jsBackend } from '../../lib/backend/js/backend.js';
import { nativeBackend } from '../../lib/backend/native.js';
import type { LayerDescription } from '../../lib/network/layer.js';
import { Network, type NetworkPrograms } from '../../lib/network/network.js';
import { print } from '../../lib/program/print.js';
import type { Program } from '../../lib/program/program.js';
import { Random } from '../../lib/random.js';
import { adjointError, decays, normals, taylorQuotients } from '../support/numbers.js';
import { relativeError } from '../support/reference.js';

export interface Options {
  /** Whether gradients sample by sample exist. Default: if there are weights. */
  readonly perSample?: boolean;
  /** Output features, where the test knows them. */
  readonly outputs?: number;
  readonly samples?: number;
}

const tolerance = 1e-12;
/** Of floats: a few dozen roundings, of numbers of which some cancel. */
const floatTolerance = 50 * 2 ** -24;

export async function conformance(
  t: Test,
  name: string,
  description: LayerDescription,
  inputs: number,
  options: Options = {},
): Promise<void> {
  await t.test(name, async (t) => {
    const network = new Network(description, inputs);
    const random = new Random(1);
    const theta = network.initialWeights(2).map((weight) => weight + 0.3 * random.normal());
    if (options.outputs !== undefined) t.equal(network.features, options.outputs, 'number of features');
    await conformancePrograms(t, network.programs, theta, { perSample: network.weights > 0, ...options });
    const reloaded = new Network(JSON.parse(JSON.stringify(description)) as LayerDescription, inputs);
    t.equal(print(reloaded.trace()), print(network.trace()), 'the description survives JSON');
    t.same(reloaded.initialWeights(3), network.initialWeights(3), 'and so do its initial weights');
  });
}

/** The same for the programs of any differentiable function of weights and inputs. */
export async function conformancePrograms(
  t: Test,
  programs: NetworkPrograms,
  theta: Float64Array,
  { perSample = true, samples = 5 }: Options = {},
): Promise<void> {
  const random = new Random(4);
  const Y = normals(random, samples * programs.forward.sampleInputs[0].cols);
  const at = (backend: Backend) => new Derivatives(backend, programs, samples, Y, theta);
  const js = at(jsBackend);
  t.equal(js.Z.length, samples * programs.forward.sampleOutputs[0].cols, 'shape of the features');
  t.ok(relativeError(js.forward(Y, theta), js.Z) === 0, 'the linearisation gives the same features');
  checkTaylor(t, js, random);
  checkAdjoints(t, js, random);
  t.equal(programs.perSample !== null, perSample, perSample ? 'has gradients by sample' : 'has no gradients by sample');
  if (programs.perSample !== null) checkPerSample(t, js, random);
  await t.test('native computes the same', async (t) => checkAgreement(t, js, at(nativeBackend), random));
  await t.test('in single precision', async (t) => checkSingle(t, js, random));
}

/** Against double precision at data, weights and directions that are floats; the two backends against each other. */
function checkSingle(t: Test, { programs, samples, Y, theta, Z }: Derivatives, random: Random): void {
  const asFloats = (x: Float64Array) => x.map(Math.fround);
  const [x, at] = [asFloats(Y), asFloats(theta)];
  const [v, u] = [asFloats(normals(random, theta.length)), asFloats(normals(random, Z.length))];
  const [exact, js, native] = [
    new Derivatives(jsBackend, programs, samples, x, at),
    new Derivatives(jsBackend, programs, samples, x, at, 'float32'),
    new Derivatives(nativeBackend, programs, samples, x, at, 'float32'),
  ];
  const products: Record<string, (point: Derivatives) => Float64Array> = {
    linearize: (point) => point.Z,
    jvp: (point) => point.jvp(v),
    vjp: (point) => point.vjp(u),
    vjpInput: (point) => point.vjpInput(u),
  };
  for (const [name, product] of Object.entries(products)) {
    const expected = product(exact);
    for (const point of [js, native]) {
      const result = product(point);
      const error = expected.length === 0 ? result.length : relativeError(result, expected);
      t.ok(error <= floatTolerance, `${name}: ${point.backend.name} differs by ${error} from double precision`);
    }
  }
  t.ok(adjointError(native.jvp(v), u, v, native.vjp(u)) <= floatTolerance, '⟨J v, u⟩ = ⟨v, Jᵀu⟩');
}

function checkTaylor(t: Test, point: Derivatives, random: Random): void {
  const { Y, theta } = point;
  const v = normals(random, theta.length);
  const ofWeights = taylorQuotients((x) => point.forward(Y, x), theta, v, point.jvp(v));
  t.ok(decays(ofWeights), `Taylor test in θ: ${ofWeights}`);
  const w = normals(random, Y.length);
  const ofInputs = taylorQuotients((x) => point.forward(x, theta), Y, w, point.jvpInput(w));
  t.ok(decays(ofInputs), `Taylor test in Y: ${ofInputs}`);
}

function checkAdjoints(t: Test, point: Derivatives, random: Random): void {
  const v = normals(random, point.theta.length);
  const w = normals(random, point.Y.length);
  const u = normals(random, point.Z.length);
  t.ok(adjointError(point.jvp(v), u, v, point.vjp(u)) <= tolerance, '⟨J v, u⟩ = ⟨v, Jᵀu⟩ in θ');
  t.ok(adjointError(point.jvpInput(w), u, w, point.vjpInput(u)) <= tolerance, '⟨J v, u⟩ = ⟨v, Jᵀu⟩ in Y');
}

/** Row n of the unsummed gradients is Jᵀu for the u that is zero but for sample n. */
function checkPerSample(t: Test, point: Derivatives, random: Random): void {
  const w = point.Z.length / point.samples;
  const u = normals(random, point.Z.length);
  const rows = point.perSample(u);
  let worst = 0;
  rows.forEach((row, n) => {
    const alone = point.vjp(u.map((ui, i) => (Math.floor(i / w) === n ? ui : 0)));
    worst = Math.max(worst, relativeError(row, alone));
  });
  t.ok(worst <= tolerance, `gradients by sample: ${worst}`);
  const sum = point.theta.map((_, i) => rows.reduce((total, row) => total + row[i], 0));
  t.ok(relativeError(sum, point.vjp(u)) <= tolerance, 'their sum is Jᵀu');
}

function checkAgreement(t: Test, js: Derivatives, native: Derivatives, random: Random): void {
  const v = normals(random, js.theta.length);
  const w = normals(random, js.Y.length);
  const u = normals(random, js.Z.length);
  const products: Record<string, (point: Derivatives) => Float64Array> = {
    forward: (point) => point.forward(js.Y, js.theta),
    linearize: (point) => point.Z,
    residuals: (point) => point.residuals,
    jvp: (point) => point.jvp(v),
    vjp: (point) => point.vjp(u),
    jvpInput: (point) => point.jvpInput(w),
    vjpInput: (point) => point.vjpInput(u),
  };
  if (js.programs.perSample !== null) {
    products.perSample = (point) => Float64Array.from(point.perSample(u).flatMap((row) => [...row]));
  }
  for (const [name, product] of Object.entries(products)) {
    const expected = product(js);
    const error = expected.length === 0 ? product(native).length : relativeError(product(native), expected);
    t.ok(error <= tolerance, `${name}: relative difference ${error}`);
  }
}

/** The derivatives of a function at one point on one backend. */
class Derivatives {
  readonly Z: Float64Array;
  readonly #sampleResiduals: Float64Array[];
  readonly #fixedResiduals: Float64Array;

  constructor(
    readonly backend: Backend,
    readonly programs: NetworkPrograms,
    readonly samples: number,
    readonly Y: Float64Array,
    readonly theta: Float64Array,
    readonly precision: Precision = 'float64',
  ) {
    const primal = this.#run(programs.linearize, [Y], [theta]);
    [this.Z, ...this.#sampleResiduals] = primal.samples;
    [this.#fixedResiduals] = primal.vectors;
  }

  get residuals(): Float64Array {
    return Float64Array.from([...this.#sampleResiduals, this.#fixedResiduals].flatMap((array) => [...array]));
  }

  forward(Y: Float64Array, theta: Float64Array): Float64Array {
    return this.#run(this.programs.forward, [Y], [theta]).samples[0];
  }

  jvp(v: Float64Array): Float64Array {
    return this.#linear(this.programs.jvp, [], [v]).samples[0];
  }

  vjp(u: Float64Array): Float64Array {
    return this.#linear(this.programs.vjp, [u], []).vectors[0];
  }

  jvpInput(w: Float64Array): Float64Array {
    return this.#linear(this.programs.jvpInput, [w], []).samples[0];
  }

  vjpInput(u: Float64Array): Float64Array {
    return this.#linear(this.programs.vjpInput, [u], []).samples[0];
  }

  /** The gradient along θ of each sample. */
  perSample(u: Float64Array): Float64Array[] {
    const { perSample } = this.programs;
    if (perSample === null) throw new Error('no gradients by sample');
    const { program, columns, kronecker } = perSample;
    const outputs = this.#linear(program, [u], []).samples;
    const T = columns.length > 0 ? (outputs.shift() as Float64Array) : new Float64Array(0);
    const arrays = [this.Y, ...this.#sampleResiduals];
    return Array.from({ length: this.samples }, (_, n) => {
      const row = new Float64Array(this.theta.length);
      columns.forEach((index, j) => {
        row[index] = T[n * columns.length + j];
      });
      kronecker.forEach(({ array, offset, inputs, units }, k) => {
        for (let i = 0; i < inputs; i++) {
          const x = arrays[array][n * inputs + i];
          for (let j = 0; j < units; j++) row[offset + i * units + j] = x * outputs[k][n * units + j];
        }
      });
      return row;
    });
  }

  #linear(program: Program, samples: Float64Array[], vectors: Float64Array[]) {
    return this.#run(
      program,
      [this.Y, ...this.#sampleResiduals, ...samples],
      [this.theta, this.#fixedResiduals, ...vectors],
    );
  }

  #run(program: Program, samples: Float64Array[], vectors: Float64Array[]) {
    const runner = this.backend.prepare(program);
    if (this.precision === 'float64') return runner.run(this.samples, { samples, vectors }, 2).sync();
    const floats = { samples: samples.map((array) => Float32Array.from(array)), vectors };
    const results = runner.runSingle(this.samples, floats, 2).sync();
    return { ...results, samples: results.samples.map((array) => Float64Array.from(array)) };
  }
}
