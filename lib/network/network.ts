/** @file A network resolved for its inputs: sizes, weights, and the programs that both backends run. */
import './builtin.js';
import { GnvproError } from '../errors.js';
import { ProgramBuilder } from '../program/builder.js';
import { eliminateDeadCode } from '../program/eliminate.js';
import { mostColumns, mostFixedEntries } from '../program/limits.js';
import { linearize } from '../program/linearize.js';
import { type PerSample, perSample } from '../program/perSample.js';
import type { Program } from '../program/program.js';
import { columnsInFlight } from '../program/schedule.js';
import { transpose } from '../program/transpose.js';
import { Random } from '../random.js';
import {
  applyLayer,
  blockSize,
  checkDepth,
  initialWeights,
  type Layer,
  type LayerDescription,
  resolve,
  weightCount,
} from './layer.js';

/** The programs of a network; θ are its P weights, Y its N × d inputs, Z its N × w features. */
export interface NetworkPrograms {
  /** Y, θ → Z */
  readonly forward: Program;
  /** Y, θ → Z and residuals */
  readonly linearize: Program;
  /** v → J v, the derivative of Z along θ */
  readonly jvp: Program;
  /** U → Jᵀ U, summed over the samples */
  readonly vjp: Program;
  /** The same with respect to the inputs Y, sample by sample. */
  readonly jvpInput: Program;
  readonly vjpInput: Program;
  /** Jᵀ U sample by sample, or null where the network has no such form. */
  readonly perSample: PerSample | null;
  /** Numbers of a sample that a tile keeps in cache: what its rows follow from. */
  readonly columnsInFlight: number;
}

export interface PlacedBlock {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly offset: number;
}

export class Network {
  readonly weights: number;
  readonly features: number;
  readonly blocks: readonly PlacedBlock[];
  readonly #layer: Layer;
  #programs: NetworkPrograms | undefined;

  /** Throws ERR_LAYER or ERR_SHAPE, naming the layer, and ERR_MEMORY for what is too large for a program. */
  constructor(
    readonly description: LayerDescription,
    readonly inputs: number,
  ) {
    checkDepth(description);
    this.#layer = resolve(description, { count: inputs });
    this.weights = weightCount(this.#layer);
    checkSize(this.#layer, this.weights);
    this.features = this.#layer.outputs.count;
    let offset = 0;
    this.blocks = this.#layer.blocks.map(({ name, rows, cols }) => {
      const placed = { name, rows, cols, offset };
      offset += blockSize(placed);
      return placed;
    });
  }

  get programs(): NetworkPrograms {
    this.#programs ??= derive(this.trace(), this.inputs);
    return this.#programs;
  }

  trace(): Program {
    const b = new ProgramBuilder('network');
    const x = b.sampleInput(b.declareSamples('Y', this.inputs));
    const theta = b.declareVector('theta', this.weights);
    const weights = this.blocks.map(({ offset, rows, cols }) => b.vectorInput(theta, offset, rows, cols));
    b.declareSampleOutput('Z', applyLayer(b, this.#layer, x, weights));
    return eliminateDeadCode(b.build());
  }

  initialWeights(seed: number): Float64Array {
    return initialWeights(this.#layer, new Random(seed));
  }

  /** The network of twice the depth and its weights (section 4 of the paper: multilevel). */
  prolongate(weights: Float64Array): { network: Network; weights: Float64Array } {
    const fine = this.#layer.prolongate?.(weights) ?? { network: this.description, weights };
    return { network: new Network(fine.network, this.inputs), weights: fine.weights };
  }
}

/** More than a program may hold, said with the largest matrix before anything is drawn. */
function checkSize({ blocks, outputs }: Layer, weights: number): void {
  const [largest] = [...blocks].sort((a, b) => blockSize(b) - blockSize(a));
  const widest = Math.max(outputs.count, ...blocks.map(({ rows, cols }) => Math.max(rows, cols)));
  if (weights <= mostFixedEntries && widest <= mostColumns) return;
  const { name, rows, cols } = largest ?? { name: 'outputs', rows: 1, cols: outputs.count };
  throw new GnvproError(
    'ERR_MEMORY',
    `Expected a network of at most ${mostFixedEntries} weights, in matrices of at most ${mostColumns} rows and columns, ` +
      `but received one of ${weights}; the largest is ${name}, ${rows} × ${cols}. Use narrower or fewer layers.`,
  );
}

/** All programs of a traced forward program (also of one that a saved model brings along). */
export function derive(forward: Program, inputs: number): NetworkPrograms {
  if (forward.sampleInputs[0].cols !== inputs) throw new Error('internal: traced for another number of inputs');
  const variables = [
    { kind: 'vector', index: 0 },
    { kind: 'samples', index: 0 },
  ] as const;
  const { primal, tangents } = linearize(forward, variables);
  const [jvp, jvpInput] = tangents;
  const vjp = transpose(jvp, 'vector');
  return {
    forward,
    linearize: primal,
    jvp,
    vjp,
    jvpInput,
    vjpInput: transpose(jvpInput, 'samples'),
    perSample: perSample(vjp),
    columnsInFlight: Math.max(...[primal, jvp, vjp].map(columnsInFlight)),
  };
}
