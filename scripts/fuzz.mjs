/**
 * Random programs, arguments, sessions and files, thrown at the addon under the sanitizers: `npm run fuzz`.
 * GNVPRO_FUZZ_CASES says how many of each (100,000; a tenth for sessions) and GNVPRO_FUZZ_SEED which (any below 2²⁰).
 * A case runs again by `GNVPRO_FUZZ_SEED=… npm run fuzz -- suite:number`, as the failure says.
 */
import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { globFiles } from './files.mjs';
import { apart } from './rooms.mjs';
import { sanitized } from './sanitized.mjs';
import { setup } from './setup.mjs';
import { conclude, tap } from './tap.mjs';

setup();
const { GNVPRO_FUZZ_SEED: seed = String(randomInt(2 ** 20)), GNVPRO_FUZZ_CASES: cases = '100000' } = process.env;
const only = process.argv[2];
const trace = mkdtempSync(join(tmpdir(), 'gnvpro-fuzz-'));
const environment = { ...sanitized(), GNVPRO_FUZZ_SEED: seed, GNVPRO_FUZZ_CASES: cases, GNVPRO_FUZZ_TRACE: trace };
if (only !== undefined) environment.GNVPRO_FUZZ_ONLY = only;
console.log(`Seed ${seed}, ${only ?? `${cases} cases`} …`);
const result = await tap(apart(globFiles('test/fuzz', /\.test\.ts$/)), environment, 0);
const complete = readdirSync(trace).map((file) =>
  tell(file.replace('.json', ''), readFileSync(join(trace, file), 'utf8')),
);
rmSync(trace, { recursive: true });
conclude({ ...result, status: complete.includes(false) ? 1 : result.status });

/** A suite that ran to its end leaves its counts, one that did not the number of the case it was in. */
function tell(suite, text) {
  const left = JSON.parse(text);
  if (typeof left === 'number') {
    console.error(`The process ended in case ${left} of ${suite}. To run it again:`);
    console.error(`  GNVPRO_FUZZ_SEED=${seed} npm run fuzz -- ${suite}:${left}`);
    return false;
  }
  console.log(`${suite}: ${left.cases} cases in ${left.seconds.toFixed(0)} s`);
  for (const [outcome, count] of Object.entries(left.counts)) console.log(`  ${String(count).padStart(10)} ${outcome}`);
  return true;
}
