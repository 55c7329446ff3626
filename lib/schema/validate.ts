/** @file Checks a job against its schema and says in sentences what is wrong, all of it at once. */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { GnvproError } from '../errors.js';
import { show, suggestion } from '../validate/check.js';
import type { Schema } from '../validate/schema.js';
import { describeSchema } from './describe.js';
import type { Job } from './job.js';
import { jobSchema } from './schema.js';

let compiled: ValidateFunction<Job> | null = null;

/** Throws ERR_OPTION with a line for each problem; `name` is what the messages call the job. */
export function checkJob(value: unknown, name: string): Job {
  compiled ??= new Ajv2020({ allErrors: true, verbose: true }).compile<Job>(jobSchema);
  if (compiled(value)) return value;
  const problems = [...new Set(essential(compiled.errors ?? []).map(sentence))];
  const [first] = problems;
  const message =
    problems.length === 1
      ? `${first} (in ${name})`
      : `${name} has ${problems.length} problems:\n  ${problems.join('\n  ')}`;
  throw new GnvproError('ERR_OPTION', message);
}

/**
 * Several alternatives all complain. What counts is the complaint of the one that was meant: where something inside
 * of a value, or about its keys, is wrong, its kind was right; else it is the value as a whole.
 */
function essential(errors: readonly ErrorObject[]): ErrorObject[] {
  const real = errors.filter(({ keyword }) => keyword !== 'if');
  const choices = real.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath);
  const meant = (path: string) =>
    real.some((error) => error.instancePath.startsWith(`${path}/`) || isOfKeys(error, path));
  return real.filter((error) => {
    const { instancePath: path, keyword } = error;
    const inChoice = choices.includes(path);
    if (!inChoice) return true;
    return meant(path) ? isOfKeys(error, path) : keyword === 'anyOf';
  });
}

function isOfKeys({ keyword, instancePath }: ErrorObject, path: string): boolean {
  return instancePath === path && (keyword === 'required' || keyword === 'additionalProperties');
}

function sentence({ instancePath, keyword, params, parentSchema, data }: ErrorObject): string {
  const place = placeOf(instancePath);
  if (keyword === 'required') return `Expected "${params.missingProperty}" in ${place || 'the job'} but it is missing.`;
  if (keyword === 'additionalProperties') {
    const known = Object.keys((parentSchema as Schema).properties ?? {});
    return `Unknown key "${params.additionalProperty}" of ${place || 'the job'}.${suggestion(params.additionalProperty, known)}`;
  }
  return `Expected ${describeSchema(parentSchema as Schema)} for ${place || 'the job'} but received ${show(data)}.`;
}

/** `/network/layers/0/units` as people write it: `network.layers[0].units`. */
function placeOf(instancePath: string): string {
  return instancePath
    .split('/')
    .slice(1)
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key.replaceAll('~1', '/').replaceAll('~0', '~')}`))
    .join('')
    .replace(/^\./, '');
}
