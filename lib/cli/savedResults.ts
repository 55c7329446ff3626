/** @file Reading back what a training left in its folder, and refusing what is not that. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TextDecoder } from 'node:util';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { GnvproError } from '../errors.js';
import { digest } from '../files/digest.js';
import { parseJson } from '../json.js';
import type { Machine } from '../machine.js';
import type { IterationRecord, Report } from '../report/report.js';
import type { Job } from '../schema/job.js';
import { checkJob } from '../schema/validate.js';
import type { Schema } from '../validate/schema.js';
import type { MeasuredBaseline } from './baselines.js';
import type { PartMetrics } from './parts.js';
import { type Digests, fileNames } from './results.js';

/** report.json. Reports of earlier versions say nothing of members, held-out metric and baselines. */
export interface SavedReport extends Omit<Report, 'iterations' | 'heldOut' | 'members' | 'baselines'> {
  readonly heldOut?: number | null;
  readonly members?: readonly number[];
  readonly baselines?: readonly MeasuredBaseline[];
  readonly gnvpro: string;
  /** ISO 8601. */
  readonly date: string;
  readonly machine: Machine;
  readonly job: Job;
  /** Digests of the other two files; reports of the first versions have none. */
  readonly sha256?: Digests;
  readonly metrics: PartMetrics;
}

export interface SavedResults {
  readonly report: SavedReport;
  /** Numbers that JSON does not know are NaN here. */
  readonly history: readonly IterationRecord[];
  /** The path of model.gnvpro. */
  readonly model: string;
}

/** @throws GnvproError ERR_RESULTS when a file is missing or damaged, or when they are not of one training */
export async function readResults(folder: string): Promise<SavedResults> {
  const path = (name: keyof typeof fileNames) => join(folder, fileNames[name]);
  const file = path('report');
  const value = parseJson(await read(file, folder), file, 'ERR_RESULTS');
  check(value, reportSchema, file);
  const report = value as SavedReport;
  checkJob(report.job, `the job in ${file}`);
  const lines = await read(path('history'), folder);
  const history = recordsOf(new TextDecoder().decode(lines), path('history'));
  checkDigests(report, { [fileNames.model]: await read(path('model'), folder), [fileNames.history]: lines }, folder);
  if (history.some(({ iteration }) => iteration === report.best.iteration))
    return { report, history, model: path('model') };
  throw refused(
    `the iterations of the training of ${file}, with iteration ${report.best.iteration} that its model is of, in ${path('history')}`,
  );
}

/** Files of another training stay where one is copied in part, or where two write into one folder at a time. */
function checkDigests({ sha256 }: SavedReport, contents: Readonly<Record<string, Uint8Array>>, folder: string): void {
  const others = Object.keys(contents).filter(
    (name) => sha256 !== undefined && sha256[name] !== digest(contents[name]),
  );
  if (others.length === 0) return;
  throw refused(
    `files of one training in ${folder}, but ${others.join(' and ')} ${others.length > 1 ? 'are' : 'is'} not what ` +
      `${fileNames.report} tells of: of another training, or changed since. Bring back what belongs together, or train again`,
  );
}

async function read(file: string, folder: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw refused(
      `a folder that gnvpro train left, but in ${folder} a file cannot be read: ${(cause as Error).message}`,
      cause,
    );
  }
}

function recordsOf(text: string, file: string): IterationRecord[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line, i) => {
      const place = `${file}, line ${i + 1}`;
      const record = parseJson(line, file, 'ERR_RESULTS', i + 1);
      check(record, recordSchema, place);
      const { objective, gradientNorm, ...others } = record as IterationRecord;
      return { ...others, objective: objective ?? Number.NaN, gradientNorm: gradientNorm ?? Number.NaN };
    });
}

const number = { type: 'number' };
const count = { type: 'integer', minimum: 0 };
const text = { type: 'string' };
const maybe = { type: ['number', 'null'] };

function object(properties: Record<string, unknown>, optional: Record<string, unknown> = {}): Schema {
  return { type: 'object', properties: { ...properties, ...optional }, required: Object.keys(properties) } as Schema;
}

const recordSchema = object({
  iteration: count,
  run: { type: 'integer', minimum: 1 },
  objective: maybe,
  gradientNorm: maybe,
  accepted: { type: 'boolean' },
  workUnits: number,
  seconds: number,
  validation: maybe,
});

const metricsSchema = { anyOf: [{ type: 'null' }, object({ samples: { type: 'number', minimum: 0 } })] }; // the sum of the weights

/** What the page is made of. Later versions may say more. */
const reportSchema = object(
  {
    gnvpro: text,
    date: text,
    machine: object({ host: text, platform: text, arch: text, cpu: text, cores: count }),
    job: { type: 'object' },
    metrics: object({ training: metricsSchema, validation: metricsSchema, test: metricsSchema }),
    stop: object({ status: text, message: text }),
    best: object({ iteration: count }),
    levels: { type: 'array', items: object({ weights: count }), minItems: 1 },
    runs: { type: 'array', items: object({ purpose: text, seed: number }) },
    workUnits: number,
    seconds: number,
    timings: object({ network: number, projection: number, krylov: number, dense: number }),
    memoryBytes: number,
    backend: text,
    blas: { type: ['string', 'null'] },
    threads: count,
    seed: number,
    node: text,
    used: object({ optimizer: object({ type: text }), loss: text, validationMetric: { type: ['string', 'null'] } }),
  },
  { sha256: { type: 'object' } },
);

const compiled = new Map<Schema, ValidateFunction>();

function check(value: unknown, schema: Schema, place: string): void {
  const validate = compiled.get(schema) ?? new Ajv2020().compile(schema);
  compiled.set(schema, validate);
  if (validate(value)) return;
  const [{ instancePath, message }] = validate.errors ?? [{ instancePath: '', message: '' }];
  throw refused(
    `what gnvpro train writes in ${place}, but ${instancePath.slice(1).replaceAll('/', '.') || 'it'} ${message}`,
  );
}

function refused(expected: string, cause?: unknown): GnvproError {
  return new GnvproError('ERR_RESULTS', `Expected ${expected}.`, cause === undefined ? undefined : { cause });
}
