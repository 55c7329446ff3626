/** What is slow or needs more: test/full, then the native border under the address and undefined-behaviour sanitizers. */
import { globFiles } from './files.mjs';
import { apart } from './rooms.mjs';
import { sanitized } from './sanitized.mjs';
import { installPackages, setup } from './setup.mjs';
import { ensureSystemPackages } from './system-packages.mjs';
import { conclude, tap } from './tap.mjs';

/** What a file may take: trainings on large data, and injected failures under sanitizers, are slow. */
const seconds = 600;

setup();
ensureSystemPackages(['Chromium']); // shows the report pages, and runs exported modules
installPackages('test/onnx', 'onnxruntime (288 MB)'); // runs exported models
const slow = await tap(apart(globFiles('test/full', /\.test\.ts$/)), {}, seconds);

const native = globFiles('test', /\.test\.ts$/).filter((file) =>
  /^test\/(native|binding|conformance|fuzz|faults)\//.test(file),
);
const border = await tap(apart(native), sanitized(), seconds);

const sum = (name) => slow[name] + border[name];
conclude({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), status: sum('status') });
