/** @file Files that predict: of one model, or of an ensemble. */
import { readFile } from 'node:fs/promises';
import type { Matrix } from '../data/matrix.js';
import type { AnyMetrics } from '../loss/meaning.js';
import { Ensemble, type Spread } from '../model/ensemble.js';
import { isEnsembleFile } from '../model/ensembleFile.js';
import { Model } from '../model/model.js';

/** Throws as `Model.load` does. */
export async function loadAny(path: string): Promise<Model<AnyMetrics> | Ensemble<AnyMetrics>> {
  const bytes = await readFile(path);
  return bytes.length > 0 && isEnsembleFile(bytes) ? Ensemble.fromBytes(bytes) : Model.fromBytes(bytes);
}

/** As columns: of an ensemble the means, then the deviations. */
export function columnsOf(said: Matrix | Spread): Matrix {
  if (!('mean' in said)) return said;
  const { mean, deviation } = said;
  const [N, t] = mean.shape;
  const data = new Float64Array(2 * N * t);
  for (let n = 0; n < N; n++) {
    data.set(mean.data.subarray(n * t, (n + 1) * t), 2 * n * t);
    data.set(deviation.data.subarray(n * t, (n + 1) * t), (2 * n + 1) * t);
  }
  return { data, shape: [N, 2 * t] };
}

/** Names of these columns, where all outputs have one: a header may have left some empty. Those of an ensemble have others, too. */
export function headerOf(model: Model<AnyMetrics> | Ensemble<AnyMetrics>): string[] | null {
  const { classes, names, outputs } = model;
  const known = (classes ?? names.targets)?.map((name) => String(name).trim()) ?? [];
  const isWhole = known.length === outputs && known.every((name) => name !== '');
  if (model instanceof Model) return isWhole ? known : null;
  const own = isWhole ? known : Array.from({ length: outputs }, (_, j) => `output ${j}`);
  return [...own, ...own.map((name) => `${name} deviation`)];
}
