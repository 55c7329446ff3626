/**
 * Ends processes and worker threads at random moments of trainings: `npm run exits -- [cases] [seed]`, 200 and 1 by
 * default. Each has to end with the status that it was asked for, and soon after.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { plan } from './exits/plan.mjs';

/** Milliseconds, far more than a loaded machine needs: of a process, and from asking for its end to the end. */
const [timeout, limit] = [90_000, 20_000];
const script = fileURLToPath(new URL('exits/process.mjs', import.meta.url));
const [cases, seed] = [Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 1)];

const processes = plan(cases, seed);
const ends = [];
const failures = [];
const next = processes.values();
await Promise.all(
  [next, next].map(async (queue) => {
    for (const one of queue) report(one, await run(one));
  }),
);
summarize();

/** Starts a process of the plan; resolves with how it ended and what it told. */
function run({ workers, ending, blasThreads }) {
  const env = { ...process.env, NODE_OPTIONS: '' };
  delete env.OPENBLAS_NUM_THREADS;
  if (blasThreads !== null) env.OPENBLAS_NUM_THREADS = String(blasThreads);
  const child = spawn(process.execPath, [script, JSON.stringify({ workers, ending })], {
    env,
    timeout,
    killSignal: 'SIGKILL',
  });
  const told = [];
  let [output, asked] = ['', 0];
  child.stdout.on('data', (chunk) => {
    const lines = String(chunk)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    if (lines.some((line) => line.asked)) asked = performance.now();
    told.push(...lines);
  });
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.on('close', (status, signal) => {
      const milliseconds = performance.now() - asked;
      resolve({
        status,
        signal,
        output,
        told: told.map((event) => (event.asked ? { ...event, milliseconds } : event)),
      });
    });
  });
}

function report({ workers, ending, blasThreads, expected }, { status, signal, output, told }) {
  const wanted = [...workers, ...(ending === null ? [] : [ending])];
  for (const { index, milliseconds } of told) {
    const { ending, phase, method } = wanted.find((one) => one.index === index);
    ends.push({ ending, phase, method, milliseconds });
  }
  const right = status === expected.status && signal === expected.signal && told.length === wanted.length;
  const soon = told.every(({ milliseconds }) => milliseconds < limit);
  const silent = ending?.ending === 'throw' ? output.includes('thrown on purpose') : output === '';
  if (right && soon && silent) return;
  failures.push({
    cases: wanted,
    blasThreads,
    expected,
    status,
    signal,
    told,
    output: output.slice(0, 2000),
  });
}

function summarize() {
  for (const by of ['ending', 'phase', 'method']) {
    console.log(`\n${by.padEnd(16)}  ends   median ms    worst ms`);
    for (const kind of [...new Set(ends.map((end) => end[by]))].sort()) {
      const group = ends.filter((end) => end[by] === kind);
      const times = group.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
      const [median, worst] = [times[times.length >> 1], times[times.length - 1]].map((ms) =>
        ms.toFixed(0).padStart(11),
      );
      console.log(`${kind.padEnd(16)}  ${String(group.length).padStart(4)} ${median} ${worst}`);
    }
  }
  for (const failure of failures) console.error(`\nNot as expected: ${JSON.stringify(failure, null, 1)}`);
  console.log(
    `\n${ends.length} of ${cases} ends in ${processes.length} processes (seed ${seed}), ${failures.length} failed`,
  );
  process.exitCode = failures.length === 0 && ends.length === cases ? 0 : 1;
}
