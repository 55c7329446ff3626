/** @file Generated data kept in a folder, so that the next run reads instead of computing. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Matrix } from '../data/matrix.js';
import type { Samples } from '../data/samples.js';
import { writeAtomically } from '../files/atomic.js';
import { makeFolder } from '../files/folder.js';
import { readMatrix, writeMatrix } from '../files/matrixFile.js';

/** What decides the data: each different one has its own file. */
export interface CacheKey {
  readonly problem: string;
  /** A new number for every change of what the generator does. */
  readonly format: number;
  readonly [option: string]: string | number;
}

/**
 * The data of one key in a folder. `<problem>-<digest>.npy` has a row of inputs and targets a sample; the `.json` beside it
 * names the key and the digest of the numbers. Whatever does not agree with both is not there: files that are missing,
 * cut off, changed or of something else.
 */
export class SampleCache {
  readonly #file: string;
  readonly #key: string;
  readonly #columns: readonly [inputs: number, targets: number];

  private constructor(folder: string, key: CacheKey, columns: readonly [inputs: number, targets: number]) {
    this.#key = JSON.stringify(key);
    this.#file = join(folder, `${key.problem}-${digest(this.#key).slice(0, 16)}`);
    this.#columns = columns;
  }

  /** Makes the folder: where that fails, no work is lost yet. */
  static async open(folder: string, key: CacheKey, columns: readonly [number, number]): Promise<SampleCache> {
    await makeFolder(folder);
    return new SampleCache(folder, key, columns);
  }

  /** Null where the data are missing or damaged. */
  async read(): Promise<Samples | null> {
    const both = await this.#readBoth().catch(() => null);
    const [d, t] = this.#columns;
    return both?.shape[1] === d + t ? divided(both, this.#columns) : null;
  }

  /** The description comes last: without it the numbers do not count. */
  async write(samples: Samples): Promise<void> {
    const both = joined(samples, this.#columns);
    await writeMatrix(`${this.#file}.npy`, both);
    const description = { key: JSON.parse(this.#key), data: digest(both.data) };
    await writeAtomically(`${this.#file}.json`, Buffer.from(`${JSON.stringify(description, null, 2)}\n`));
  }

  async #readBoth(): Promise<Matrix | null> {
    const { key, data } = JSON.parse(await readFile(`${this.#file}.json`, 'utf8'));
    if (JSON.stringify(key) !== this.#key) return null;
    const both = await readMatrix(`${this.#file}.npy`);
    return data === digest(both.data) ? both : null;
  }
}

function digest(data: string | Float64Array): string {
  const bytes = typeof data === 'string' ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return createHash('sha256').update(bytes).digest('hex');
}

function joined({ inputs, targets }: Samples, [d, t]: readonly [number, number]): Matrix {
  const [count] = inputs.shape;
  const data = new Float64Array(count * (d + t));
  for (let n = 0; n < count; n++) {
    data.set(inputs.data.subarray(n * d, (n + 1) * d), n * (d + t));
    data.set(targets.data.subarray(n * t, (n + 1) * t), n * (d + t) + d);
  }
  return { data, shape: [count, d + t] };
}

function divided({ data, shape: [count] }: Matrix, [d, t]: readonly [number, number]): Samples {
  const inputs = { data: new Float64Array(count * d), shape: [count, d] as const };
  const targets = { data: new Float64Array(count * t), shape: [count, t] as const };
  for (let n = 0; n < count; n++) {
    const row = data.subarray(n * (d + t), (n + 1) * (d + t));
    inputs.data.set(row.subarray(0, d), n * d);
    targets.data.set(row.subarray(d), n * t);
  }
  return { inputs, targets };
}
