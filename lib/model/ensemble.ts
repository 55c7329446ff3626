/** @file Several models of one thing: what they say on the average, and how far they are apart. */
import { readFile } from 'node:fs/promises';
import { type ClassName, topColumn } from '../data/classes.js';
import type { Matrix } from '../data/matrix.js';
import type { ColumnNames } from '../data/names.js';
import { GnvproError } from '../errors.js';
import { writeAtomically } from '../files/atomic.js';
import { FileMatrix } from '../files/fileMatrix.js';
import { checkPath } from '../files/path.js';
import type { AnyMetrics } from '../loss/meaning.js';
import { lossFacts } from '../loss/registry.js';
import type { Metrics } from '../metrics/metrics.js';
import { checkOptions, invalid } from '../validate/check.js';
import { evaluateByRows, type FileSamples, inMemory } from './byRows.js';
import type { CallOptions } from './callOptions.js';
import { damaged } from './container.js';
import { joinFiles, splitFile } from './ensembleFile.js';
import { type EvaluateOptions, type Inputs, Model, type ModelOptions, type Targets } from './model.js';

/** N × outputs each: the mean over the members, and the standard deviation (n − 1 in the denominator; NaN for one member). */
export interface Spread {
  readonly mean: Matrix;
  readonly deviation: Matrix;
}

/** Predicts with all its members. After `dispose()` everything throws ERR_DISPOSED. */
export class Ensemble<M extends AnyMetrics = Metrics> {
  readonly members: readonly Model<M>[];

  /** @throws GnvproError ERR_SHAPE unless the members have inputs, outputs, loss and classes in common */
  constructor(members: readonly Model<M>[]) {
    if (!Array.isArray(members) || members.length === 0 || !members.every((member) => member instanceof Model)) {
      throw invalid('an array of models', 'members', members);
    }
    const [first, ...others] = (members as Model<M>[]).map(interfaceOf);
    const odd = others.findIndex((other) => other !== first);
    if (odd !== -1) {
      throw new GnvproError(
        'ERR_SHAPE',
        `Expected members with the same inputs, outputs, loss and classes, ${first}, but member ${odd + 1} has ${others[odd]}.`,
      );
    }
    this.members = [...members];
  }

  /**
   * N × inputs → mean and deviation of the outputs, in original units; those of a classifier are logits. Reads the inputs
   * before it returns the promise. Throws as `Model.predict` does.
   */
  async predict(inputs: Inputs, options: CallOptions = {}): Promise<Spread> {
    checkOptions(options, ['signal', 'threads'], 'the call');
    return spreadOf(await Promise.all(this.members.map((member) => member.predict(inputs, options))));
  }

  /** The same of the probabilities. Throws as `predict` does, and ERR_STATE for losses without. */
  async predictProbabilities(inputs: Inputs, options: CallOptions = {}): Promise<Spread> {
    checkOptions(options, ['signal', 'threads'], 'the call');
    return spreadOf(await Promise.all(this.members.map((member) => member.predictProbabilities(inputs, options))));
  }

  /** The class of each sample whose mean probability is highest. Throws as `predict` does, and ERR_STATE without classes. */
  async predictClasses(inputs: Inputs, options: CallOptions = {}): Promise<ClassName[]> {
    const { classes, loss } = this;
    if (classes === null) {
      throw new GnvproError('ERR_STATE', `Expected an ensemble with classes but this one had the loss ${loss}.`);
    }
    const { mean } = await this.predictProbabilities(inputs, options);
    return Array.from({ length: mean.shape[0] }, (_, n) => classes[topColumn(mean, n)]);
  }

  /** How well the mean meets `targets`: of the outputs, or of the probabilities where there are such. Throws as `Model.evaluate` does. */
  async evaluate(
    inputs: Inputs | FileMatrix,
    targets: Targets | FileMatrix,
    options: EvaluateOptions = {},
  ): Promise<M> {
    const { sampleWeights, ...call } = options;
    if (inputs instanceof FileMatrix)
      return this.#evaluateFile({ inputs, targets, sampleWeights } as FileSamples, call);
    const { present, judge } = this.members[0].judge(inputs, inMemory(targets), options);
    const isProbable = lossFacts(this.loss).meaning.probabilities !== null;
    const { mean } = await (isProbable ? this.predictProbabilities : this.predict).call(this, present, call);
    return judge(mean.data, isProbable ? 'probabilities' : 'logits');
  }

  async #evaluateFile(samples: FileSamples, call: CallOptions): Promise<M> {
    const isProbable = lossFacts(this.loss).meaning.probabilities !== null;
    const of = isProbable ? this.predictProbabilities : this.predict;
    const predict = async (some: Matrix) => (await of.call(this, some, call)).mean;
    const scores = isProbable ? 'probabilities' : 'logits';
    return (await evaluateByRows(this, samples, predict, { scores, signal: call.signal })) as M;
  }

  /** Writes all members to one file, all or nothing. Errors of the file system (ENOENT, …) pass as they are. */
  async save(path: string | URL): Promise<void> {
    const bytes = this.toBytes();
    await writeAtomically(checkPath(path), bytes);
  }

  /** Reads a file that `save` wrote. Throws ERR_MODEL_FILE when it is damaged, or holds a single model. */
  static async load<M extends AnyMetrics = Metrics>(
    path: string | URL,
    options: ModelOptions = {},
  ): Promise<Ensemble<M>> {
    return Ensemble.fromBytes<M>(await readFile(checkPath(path)), options);
  }

  /** What `save` writes. */
  toBytes(): Uint8Array {
    return joinFiles(this.members.map((member) => member.toBytes()));
  }

  /** Throws as `load` does. */
  static fromBytes<M extends AnyMetrics = Metrics>(bytes: Uint8Array, options: ModelOptions = {}): Ensemble<M> {
    const members = splitFile(new Uint8Array(bytes)).map((file) => Model.fromBytes<M>(file, options));
    try {
      return new Ensemble(members);
    } catch (error) {
      throw damaged(`its members do not fit each other (${(error as Error).message})`, error);
    }
  }

  /** Frees what the members hold. */
  dispose(): void {
    for (const member of this.members) member.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Input columns d. */
  get inputs(): number {
    return this.members[0].inputs;
  }

  /** Output columns t. */
  get outputs(): number {
    return this.members[0].outputs;
  }

  get loss(): string {
    return this.members[0].loss;
  }

  /** The names of the classes, one an output: a copy; null for an ensemble without. */
  get classes(): ClassName[] | null {
    return this.members[0].classes;
  }

  /** The names of the columns, as those of a model. */
  get names(): ColumnNames {
    return this.members[0].names;
  }

  /** The members in a line, then the first. */
  toString(): string {
    return `gnvpro ensemble of ${this.members.length}; the first:\n${this.members[0]}`;
  }
}

function interfaceOf({ inputs, outputs, loss, classes }: Model<AnyMetrics>): string {
  return `${inputs} → ${outputs}, ${loss}${classes === null ? '' : `, ${JSON.stringify(classes)}`}`;
}

/** Entry by entry; the deviation about the mean, in two passes. */
function spreadOf(all: readonly Matrix[]): Spread {
  const [{ data, shape }] = all;
  const n = all.length;
  const mean = data.map((_, i) => all.reduce((sum, one) => sum + one.data[i], 0) / n);
  const deviation = data.map((_, i) =>
    n < 2 ? Number.NaN : Math.sqrt(all.reduce((sum, one) => sum + (one.data[i] - mean[i]) ** 2, 0) / (n - 1)),
  );
  return { mean: { data: mean, shape }, deviation: { data: deviation, shape } };
}
