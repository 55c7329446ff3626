/** What is slow or needs more: test/full, then the native border under the address and undefined-behaviour sanitizers. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { globFiles } from './files.mjs';
import { sanitized } from './sanitized.mjs';
import { root, setup } from './setup.mjs';
import { ensureSystemPackages } from './system-packages.mjs';
import { conclude, tap } from './tap.mjs';

/** What a file may take: trainings on large data, and injected failures under sanitizers, are slow. */
const seconds = 600;

setup();
ensureSystemPackages(['Chromium']); // shows the report pages
const slow = existsSync(join(root, 'test/full')) ? globFiles('test/full', /\.test\.ts$/) : [];
const results = slow.length > 0 ? [await tap(slow, {}, seconds)] : [];

const native = globFiles('test', /\.test\.ts$/).filter((file) =>
  /^test\/(native|binding|conformance|fuzz|faults)\//.test(file),
);
results.push(await tap(native, sanitized(), seconds));

const sum = (name) => results.reduce((total, result) => total + result[name], 0);
conclude({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), status: sum('status') });
