/**
 * A load test over the loopback: posts jobs, cancels half of them at random moments, follows all by their events, kills
 * the service without warning on the way and starts it again, and asks for its health all the while. None may be lost:
 *
 *   node load.mjs [jobs = 200] [at a time = 8] [seed = 1]
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Random } from 'gnvpro';

const [count = 200, atOnce = 8, seed = 1] = process.argv.slice(2).map(Number);
const random = new Random(seed);
const folder = await mkdtemp(join(tmpdir(), 'gnvpro-load-'));
const start = performance.now();
let service = await launch(0);
const { port } = new URL(service.address);

const health = [];
let done = false;
const watching = watchHealth();
const ended = { finished: 0, cancelled: 0 };
const problems = [];
let killed = 0;

const jobs = await inTurn(
  Array.from({ length: count }, (_, n) => n),
  8,
  async (n) => {
    const body = JSON.stringify({ ...data(300 + Math.floor(random.uniform(0, 700))), units: 16, seed: n });
    const { id } = await ask('/jobs', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return { id, cancels: n % 2 === 1 };
  },
);
await Promise.all([...jobs.map(follow), ...jobs.filter(({ cancels }) => cancels).map(cancelSometime), killSometime()]);
done = true;
await watching;
const { jobs: counts } = await ask('/health');
if (counts.finished + counts.cancelled !== count) problems.push(`the service knows of ${JSON.stringify(counts)}`);
service.child.kill('SIGTERM');
const status = await service.exited;
if (status !== 0) problems.push(`the service ended with ${status}`);
await rm(folder, { recursive: true });

health.sort((a, b) => a - b);
const quantile = (q) => health[Math.min(health.length - 1, Math.floor(q * health.length))].toFixed(1);
console.log(
  `${count} jobs, ${atOnce} at a time, ${killed} kill: ${ended.finished} finished, ${ended.cancelled} cancelled, ${problems.length} lost`,
);
console.log(
  `health: ${health.length} answers, p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms, slowest ${health.at(-1).toFixed(1)} ms`,
);
console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function launch(port) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.mjs', import.meta.url))], {
    env: { ...process.env, PORT: String(port), JOBS: folder, AT_ONCE: String(atOnce), WAITING: String(count) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  return new Promise((resolve, reject) => {
    exited.then((status) => reject(new Error(`the service ended with ${status}`)));
    createInterface(child.stdout).on('line', (line) => {
      const address = /^Listening on (.*)/.exec(line)?.[1];
      if (address) resolve({ child, address, exited });
    });
  });
}

/** Asks again while the service is down. */
async function ask(path, options = {}) {
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, options);
      if (!response.ok)
        throw Object.assign(new Error(`${path}: ${response.status} ${await response.text()}`), { told: true });
      return await response.json();
    } catch (error) {
      if (error.told) throw error;
      await sleep(20);
    }
  }
}

/** Follows a job by its events to its end; a stream that breaks is opened again. */
async function follow(job) {
  for (;;) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}/jobs/${job.id}/events`);
      const text = await response.text(); // up to its end
      const end = /event: end\ndata: (.*)\n/.exec(text)?.[1];
      if (end !== undefined) return await judge(job, JSON.parse(end));
      if (!response.ok) return problems.push(`${job.id}: ${response.status} ${text}`);
    } catch {
      // The service went: as far as the client knows, the job is still there.
    }
    await sleep(20);
  }
}

async function judge(job, { state }) {
  if (state === 'cancelled' && job.cancels) ended.cancelled++;
  else if (state === 'finished') {
    const body = JSON.stringify({ inputs: [0.1, 0.2, 0.3] });
    const headers = { 'content-type': 'application/json' };
    const { predictions } = await ask(`/jobs/${job.id}/predictions`, { method: 'POST', headers, body });
    if (Math.abs(predictions[0][0] - truth([0.1, 0.2, 0.3])) < 0.5) ended.finished++;
    else problems.push(`${job.id} predicts ${predictions}`);
  } else problems.push(`${job.id} ended as ${state}`);
  job.ended = true;
}

/** While it waits, trains, or a moment too late. */
async function cancelSometime(job) {
  await sleep(random.uniform(0, 60 * count));
  if (!job.ended) await ask(`/jobs/${job.id}`, { method: 'DELETE' }).catch((error) => problems.push(error.message));
}

/** SIGKILL in the middle; the next process has to find everything. */
async function killSometime() {
  while (ended.finished + ended.cancelled < count / 3) await sleep(10);
  service.exited.then(() => killed++);
  service.child.kill('SIGKILL');
  await service.exited;
  service = await launch(port);
}

async function watchHealth() {
  while (!done) {
    const asked = performance.now();
    try {
      await (await fetch(`http://127.0.0.1:${port}/health`)).json();
      health.push(performance.now() - asked);
    } catch {
      // It is being started again.
    }
    await sleep(10);
  }
}

function truth([x, y, z]) {
  return Math.sin(2 * x + y) * z + x * y;
}

function data(rows) {
  const inputs = Array.from({ length: rows }, () => [1, 2, 3].map(() => random.uniform(-1, 1)));
  return { inputs, targets: inputs.map((row) => [truth(row), row[0] - row[2]]) };
}

/** Runs `work` for all items, `width` at a time. */
async function inTurn(items, width, work) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const n = next++;
      results[n] = await work(items[n]);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
