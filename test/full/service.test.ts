/** @file The example of a service: its routes, and a small load test that kills it on the way. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { root } from '../support/scripts.js';

const folder = join(root, 'examples/service');
if (!existsSync(join(folder, 'node_modules/fastify/package.json'))) {
  const { status, stderr } = spawnSync('npm', ['install'], { cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm install in ${folder}: ${stderr}`);
}

interface Answer {
  statusCode: number;
  body: string;
  json(): Record<string, never>;
}
interface Service {
  inject(request: object): Promise<Answer>;
  close(): Promise<void>;
}
interface Options {
  folder: string;
  atOnce?: number;
  waiting?: number;
  kept?: number;
  seconds?: number;
}
const { buildService } = (await import(pathToFileURL(join(folder, 'service.mjs')).href)) as {
  buildService(options: Options): Promise<Service>;
};

const jobs = mkdtempSync(join(tmpdir(), 'gnvpro-service-'));
t.teardown(() => rmSync(jobs, { recursive: true, force: true }));

const rows = (count: number) => Array.from({ length: count }, (_, n) => [Math.sin(n), Math.cos(n * n)]);
const data = { inputs: rows(200), targets: rows(200).map(([x, y]) => [x * y]), units: 4 };

const post = (app: Service, url: string, payload: unknown) =>
  app.inject({ method: 'POST', url, payload: payload as object });
const get = async (app: Service, url: string) => (await app.inject({ url })).json();

async function ended(app: Service, id: string) {
  for (;;) {
    const status = await get(app, `/jobs/${id}`);
    if (status.state !== 'waiting' && status.state !== 'training') return status;
    await sleep(20);
  }
}

t.test('trains, tells its iterations, predicts one row or several', async (t) => {
  const app = await buildService({ folder: join(jobs, 'plain') });
  t.teardown(() => app.close());
  const { id } = (await post(app, '/jobs', data)).json() as unknown as { id: string };
  const { body } = await app.inject({ url: `/jobs/${id}/events` }); // until it ends
  t.match(body, /^event: status\ndata: /);
  t.match(body, /event: iteration\ndata: \{"iteration":\d+,"objective":/);
  t.match(body, /event: end\ndata: \{.*"state":"finished"/);
  const one = await post(app, `/jobs/${id}/predictions`, { inputs: [0.5, 0.5] });
  const both = await post(app, `/jobs/${id}/predictions`, {
    inputs: [
      [0.5, 0.5],
      [0.1, 0.2],
    ],
  });
  t.strictSame(
    (one.json() as { predictions: never }).predictions[0],
    (both.json() as { predictions: never }).predictions[0],
  );
  t.match(await get(app, '/health'), { status: 'ok', jobs: { finished: 1 }, threads: { computing: Number } });
});

t.test('refuses what it does not take, in words', async (t) => {
  const app = await buildService({ folder: join(jobs, 'limits'), atOnce: 1, waiting: 1 });
  t.teardown(() => app.close());
  const refusals: [unknown, number, RegExp][] = [
    [{ inputs: [[1]] }, 400, /must have required property 'targets'/],
    [{ ...data, inputs: [['1']] }, 400, /must be number/],
    [{ ...data, inputs: rows(20_001) }, 400, /must NOT have more than 20000 items/],
    [{ ...data, inputs: [new Array(201).fill(1)] }, 400, /must NOT have more than 200 items/],
    [{ ...data, inputs: rows(3) }, 400, /as many rows of targets as of inputs, 3, but received 200/],
    [{ inputs: [[1, 2], [3]], targets: [[1], [2]] }, 400, /Expected 2 numbers in row 1 of inputs but received 1/],
    [{ ...data, inputs: ['x'.repeat(17 * 2 ** 20)] }, 413, /too large/],
  ];
  for (const [payload, status, words] of refusals) {
    const answer = await post(app, '/jobs', payload);
    t.equal(answer.statusCode, status);
    t.match(answer.body, words);
  }
  t.equal((await app.inject({ url: '/jobs/none' })).statusCode, 404);
  const answers = await Promise.all([1, 2, 3, 4].map((seed) => post(app, '/jobs', { ...data, seed })));
  t.ok(
    answers.some(({ statusCode }) => statusCode === 503),
    'a queue that is full',
  );
});

t.test('cancelled jobs, waiting or training, and the limit of time', async (t) => {
  const app = await buildService({ folder: join(jobs, 'cancelled'), atOnce: 1, seconds: 0.2 });
  t.teardown(() => app.close());
  const large = { inputs: rows(20_000), targets: rows(20_000), units: 64 };
  const ids: string[] = [];
  for (let n = 0; n < 3; n++) ids.push(((await post(app, '/jobs', large)).json() as unknown as { id: string }).id);
  for (const id of [ids[2], ids[0]]) {
    t.match((await app.inject({ method: 'DELETE', url: `/jobs/${id}` })).json(), { state: 'cancelled' });
  }
  t.match(await ended(app, ids[1]), { state: 'finished', stop: { status: 'timeLimit' } });
});

t.test('a small load: 24 jobs, 4 at a time, half of them cancelled, one kill', async (t) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, 'load.mjs'), '24', '4', '5'], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  t.equal(status, 0, stdout + stderr);
  t.match(stdout, /24 jobs, 4 at a time, 1 kill: \d+ finished, \d+ cancelled, 0 lost/);
  t.comment(stdout);
});
