/** The routes of the service. `npm start` listens; tests build it themselves. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Fastify from 'fastify';
import { threadUse } from 'gnvpro';
import { Jobs, QueueFull } from './jobs.mjs';

/** What a client may ask for. */
const limits = { rows: 20_000, columns: 200, units: 64, bodyBytes: 16 * 2 ** 20 };

const table = {
  type: 'array',
  minItems: 1,
  maxItems: limits.rows,
  items: { type: 'array', minItems: 1, maxItems: limits.columns, items: { type: 'number' } },
};
const request = {
  type: 'object',
  required: ['inputs', 'targets'],
  additionalProperties: false,
  properties: {
    inputs: table,
    targets: table,
    units: { type: 'integer', minimum: 1, maximum: limits.units },
    seed: { type: 'integer', minimum: 0 },
  },
};
const row = { type: 'array', minItems: 1, maxItems: limits.columns, items: { type: 'number' } };
const question = {
  type: 'object',
  required: ['inputs'],
  additionalProperties: false,
  properties: { inputs: { anyOf: [row, table] } },
};

/** `folder` keeps the jobs; the other options are those of Jobs. */
export async function buildService({ folder, ...options }) {
  const jobs = new Jobs(folder, options);
  await jobs.open();
  const ajv = { customOptions: { coerceTypes: false, removeAdditional: false } }; // "1" is no number
  const app = Fastify({ bodyLimit: limits.bodyBytes, ajv, forceCloseConnections: true });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  app.addHook('preClose', () => jobs.close());
  app.addHook('onClose', async () => delay.disable());
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof QueueFull) {
      return reply.code(503).header('retry-after', '5').send({ error: 'The queue is full: try again later.' });
    }
    const status = error.statusCode ?? (error.name === 'GnvproError' ? 400 : 500);
    if (status === 500) console.error(error);
    return reply.code(status).send({ code: error.code, error: status === 500 ? 'An internal error.' : error.message });
  });

  app.get('/health', async () => {
    const { rss, heapUsed, external } = process.memoryUsage();
    const eventLoopDelayP99 = delay.percentile(99) / 1e6;
    return {
      status: 'ok',
      jobs: jobs.counts(),
      threads: threadUse(),
      memory: { rss, heapUsed, external },
      eventLoopDelayP99,
    };
  });

  app.post('/jobs', { schema: { body: request } }, async ({ body }, reply) => {
    const problem = misfit(body);
    if (problem !== null) return reply.code(400).send({ error: problem });
    const id = await jobs.submit(body);
    return reply.code(202).header('location', `/jobs/${id}`).send({ id });
  });

  app.get('/jobs/:id', async ({ params }, reply) => jobs.status(params.id) ?? unknown(reply));

  app.delete('/jobs/:id', async ({ params }, reply) => {
    if (!(await jobs.cancel(params.id))) return unknown(reply);
    return jobs.status(params.id);
  });

  app.post('/jobs/:id/predictions', { schema: { body: question } }, async ({ params, body }, reply) => {
    const model = await jobs.model(params.id);
    if (model === null) return unknown(reply);
    const { data, shape } = await model.predict(body.inputs);
    const [rows, columns] = shape;
    return {
      predictions: Array.from({ length: rows }, (_, n) => Array.from(data.subarray(n * columns, (n + 1) * columns))),
    };
  });

  app.get('/jobs/:id/events', async ({ params }, reply) => {
    const status = jobs.status(params.id);
    if (status === null) return unknown(reply);
    reply.hijack();
    stream(jobs, status, reply.raw);
  });

  return app;
}

const unknown = (reply) => reply.code(404).send({ error: 'There is no such job.' });

/** What the schema cannot say. */
function misfit({ inputs, targets }) {
  if (inputs.length !== targets.length) {
    return `Expected as many rows of targets as of inputs, ${inputs.length}, but received ${targets.length}.`;
  }
  for (const [name, rows] of Object.entries({ inputs, targets })) {
    const at = rows.findIndex((row) => row.length !== rows[0].length);
    if (at !== -1) return `Expected ${rows[0].length} numbers in row ${at} of ${name} but received ${rows[at].length}.`;
  }
  return null;
}

/** Server-sent events: where the job stands now, each iteration, and its end. */
function stream(jobs, status, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const alive = setInterval(() => response.write(': still here\n\n'), 15_000);
  const stop = () => {
    clearInterval(alive);
    jobs.off(status.id, send);
  };
  function send(event, data) {
    // A client that does not read misses iterations; it does not fill the memory.
    if (event === 'iteration' && response.writableLength > 2 ** 16) return;
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    if (event !== 'end') return;
    stop();
    response.end();
  }
  response.on('close', stop);
  jobs.on(status.id, send);
  send('status', status);
  if (status.state !== 'waiting' && status.state !== 'training') send('end', status);
}
