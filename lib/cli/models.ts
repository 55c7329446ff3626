/** @file Files that predict: of one model, or of an ensemble. */
import { readFile } from 'node:fs/promises';
import type { Matrix } from '../data/matrix.js';
import { GnvproError } from '../errors.js';
import type { AnyMetrics } from '../loss/meaning.js';
import { Ensemble, type Spread } from '../model/ensemble.js';
import { isEnsembleFile } from '../model/ensembleFile.js';
import { Model } from '../model/model.js';
import type { UncertainPrediction } from '../model/prediction.js';

/** Throws as `Model.load` does. */
export async function loadAny(path: string): Promise<Model<AnyMetrics> | Ensemble<AnyMetrics>> {
  const bytes = await readFile(path);
  return bytes.length > 0 && isEnsembleFile(bytes) ? Ensemble.fromBytes(bytes) : Model.fromBytes(bytes);
}

/** Throws ERR_STATE for an ensemble: it has no posterior. `purpose`: what asks for one. */
export function single(model: Model<AnyMetrics> | Ensemble<AnyMetrics>, purpose: string): Model<AnyMetrics> {
  if (model instanceof Model) return model;
  throw new GnvproError(
    'ERR_STATE',
    `Expected a single model for ${purpose} but received an ensemble, whose deviations gnvpro predict always writes.`,
  );
}

/** As columns: of an ensemble the means, then the deviations; with uncertainty the means, then what `kindsOf` says. */
export function columnsOf(said: Matrix | Spread | UncertainPrediction): Matrix {
  if (!('mean' in said)) return said;
  if ('deviation' in said) return sideBySide([said.mean, said.deviation]);
  return sideBySide([said.mean, said.standardDeviation, ...(isNoisy(said) ? [totalDeviation(said)] : [])]);
}

/** What the header calls the columns behind the means. */
export function kindsOf(said: Matrix | Spread | UncertainPrediction): string[] {
  if (!('mean' in said)) return [];
  if ('deviation' in said) return ['deviation'];
  return ['standard deviation', ...(isNoisy(said) ? ['total standard deviation'] : [])];
}

/** Logits have no noise. */
function isNoisy({ noise }: UncertainPrediction): boolean {
  return noise.some((sigma) => sigma > 0);
}

/** Of the targets: that of the model and the noise. */
function totalDeviation({ standardDeviation: { data, shape }, noise }: UncertainPrediction): Matrix {
  return { data: data.map((sigma, i) => Math.hypot(sigma, noise[i % noise.length])), shape };
}

function sideBySide(parts: readonly Matrix[]): Matrix {
  const [N, t] = parts[0].shape;
  const data = new Float64Array(parts.length * N * t);
  for (let n = 0; n < N; n++) {
    parts.forEach((part, k) => {
      data.set(part.data.subarray(n * t, (n + 1) * t), (n * parts.length + k) * t);
    });
  }
  return { data, shape: [N, parts.length * t] };
}

/**
 * Names of these columns, where all outputs have one: a header may have left some empty. `more`: what follows the outputs,
 * by their names.
 */
export function headerOf(model: Model<AnyMetrics> | Ensemble<AnyMetrics>, more: readonly string[]): string[] | null {
  const { classes, names, outputs } = model;
  const known = (classes ?? names.targets)?.map((name) => String(name).trim()) ?? [];
  const isWhole = known.length === outputs && known.every((name) => name !== '');
  if (more.length === 0) return isWhole ? known : null;
  const own = isWhole ? known : Array.from({ length: outputs }, (_, j) => `output ${j}`);
  return [...own, ...more.flatMap((kind) => own.map((name) => `${name} ${kind}`))];
}
