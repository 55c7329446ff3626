/** @file Exported ES modules in a browser: in a page, and in a worker of it. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { Browser, findBrowser } from '../support/browser.js';
import { exportedModels, largestError, modelOf } from '../support/exportedModels.js';
import { randomMatrix } from '../support/models.js';

const program = findBrowser();
if (program === null) throw new Error('Expected Chromium on the PATH; npm run test:full installs it.');
const browser = new Browser(program);
t.teardown(() => browser[Symbol.asyncDispose]());

const cases = exportedModels
  .filter(({ hasJacobian }) => hasJacobian)
  .map((exported) => ({ name: exported.name, model: modelOf(exported) }));
const modules = cases.map(({ model }) => model.toModule());

const workerScript = `onmessage = async ({ data: { at, samples } }) => {
  const { predict, jacobian } = await import(at);
  postMessage([predict(samples), jacobian(samples)].map((numbers) => Array.from(numbers)));
};`;

const files: Record<string, [type: string, text: string]> = {
  '/': ['text/html', '<!doctype html><title>models</title><link rel="icon" href="data:,">'],
  '/worker.mjs': ['text/javascript', workerScript],
};
for (const [i, text] of modules.entries()) files[`/m${i}.mjs`] = ['text/javascript', text];

const server = createServer(({ url }, response) => {
  const [type, text] = files[url as string] ?? ['text/plain', ''];
  response.writeHead(text === '' ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(text);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
t.teardown(() => server.close());
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

t.test('they compute what the models do', async (t) => {
  const page = await browser.open(address, { width: 800 });
  for (const [i, { name, model }] of cases.entries()) {
    const Y = randomMatrix(3, model.inputs);
    const data = JSON.stringify({ at: `/m${i}.mjs`, samples: [...Y.data] });
    const inPage = await page.evaluate<number[][]>(
      `import('/m${i}.mjs').then((m) => { const { samples } = ${data}; return [m.predict(samples), m.jacobian(samples)].map((numbers) => Array.from(numbers)); })`,
    );
    const inWorker = await page.evaluate<number[][]>(
      `new Promise((resolve, reject) => { const worker = new Worker('/worker.mjs', { type: 'module' }); worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); }; worker.onerror = ({ message }) => reject(new Error(message)); worker.postMessage(${data}); })`,
    );
    const expected = [model.predictSync(Y).data, model.jacobianSync(Y).data];
    const error = Math.max(...expected.map((numbers, k) => largestError(inPage[k], numbers)));
    t.ok(error <= 1e-12, `${name}: ${error} of the largest`);
    t.strictSame(inWorker, inPage, `${name} in a worker`);
  }
  t.strictSame(page.complaints, [], 'the console is quiet');
});
