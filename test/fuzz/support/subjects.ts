/** @file Small problems and native objects for them. */
import { jacobians } from '../../../lib/backend/backend.js';
import { loadNative, type NativeProgram, type ObjectiveConfig } from '../../../lib/binding.js';
import { sine, softplus, tanh } from '../../../lib/network/activation.js';
import { antisymmetricDense } from '../../../lib/network/antisymmetricDense.js';
import { dense } from '../../../lib/network/dense.js';
import type { LayerDescription } from '../../../lib/network/layer.js';
import { Network } from '../../../lib/network/network.js';
import { residual } from '../../../lib/network/residual.js';
import { sequential } from '../../../lib/network/sequential.js';
import { type EncodedProgram, encode } from '../../../lib/program/encode.js';
import { tikhonov } from '../../../lib/regularizer/tikhonov.js';
import type { Choice } from './choice.js';
import { properLoss, randomAlphaW, randomTolerance, randomWeights } from './losses.js';

const native = loadNative();

/** Times the columns of Z̃ of any subject, more than 2,000. */
export const manyTargets = 1001;

/** A network, its programs in words and as native objects. */
export class Subject {
  readonly network: Network;
  readonly words: Record<'forward' | 'linearize' | 'jvp' | 'vjp' | 'perSample', EncodedProgram>;
  readonly forward: NativeProgram;
  readonly #handles: Pick<
    ObjectiveConfig,
    'linearize' | 'jvp' | 'vjp' | 'perSample' | 'kronecker' | 'perSampleColumns' | 'columnsInFlight'
  >;

  constructor(
    description: LayerDescription,
    readonly inputs: number,
  ) {
    this.network = new Network(description, inputs);
    const { forward, linearize, jvp, vjp, perSample, columnsInFlight } = this.network.programs;
    if (perSample === null) throw new Error('no gradients by sample');
    this.words = {
      forward: encode(forward),
      linearize: encode(linearize),
      jvp: encode(jvp),
      vjp: encode(vjp),
      perSample: encode(perSample.program),
    };
    this.forward = new native.Program(this.words.forward);
    this.#handles = {
      linearize: new native.Program(this.words.linearize),
      jvp: new native.Program(this.words.jvp),
      vjp: new native.Program(this.words.vjp),
      perSample: new native.Program(this.words.perSample),
      kronecker: perSample.kronecker,
      perSampleColumns: perSample.columns,
      columnsInFlight,
    };
  }

  get weights(): number {
    return this.network.weights;
  }

  /** A configuration of an objective that is accepted. */
  config(choice: Choice): ObjectiveConfig {
    // Seldom so many outputs that H_W is not factorised as a whole.
    const [samples, targetColumns] = choice.chance(0.01)
      ? [choice.integer(1, 20), manyTargets]
      : [choice.pick([1, 2, 5, 20, 20, 40, 90]), choice.integer(1, 3)];
    const { loss, targets } = properLoss(choice, samples, targetColumns);
    const assembled = choice.chance(0.7);
    return {
      ...this.#handles,
      ...(!assembled && { perSample: null, kronecker: null, perSampleColumns: null }),
      inputs: Float64Array.from({ length: samples * this.inputs }, () => choice.uniform(-1, 1)),
      targets,
      samples,
      targetColumns,
      weights: this.weights,
      bias: choice.chance(0.5),
      loss,
      sampleWeights: randomWeights(choice, samples),
      innerTolerance: randomTolerance(choice),
      alphaW: randomAlphaW(choice, loss),
      regularizer: tikhonov(this.weights, choice.pick([0, 1e-3])),
      jacobian: choice.pick(jacobians),
      threads: choice.integer(1, 2),
    };
  }

  theta(choice: Choice): Float64Array {
    return Float64Array.from({ length: this.weights }, () => choice.uniform(-1, 1));
  }
}

export const subjects: readonly Subject[] = [
  new Subject(sequential([dense(4), tanh()]), 3),
  new Subject(sequential([dense(3), softplus(), residual(antisymmetricDense(), { steps: 1 })]), 2),
  new Subject(sequential([dense(1), sine()]), 1),
];

export function newFlag(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}
