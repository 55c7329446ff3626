import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'tap';
import { Model } from '../../lib/model/model.js';
import { randomMatrix, randomModel } from '../support/models.js';

const js = { backend: 'js' } as const;

test('save and load', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'a model.gnvpro');
  const model = randomModel();
  await model.save(path);
  t.same(readdirSync(folder), ['a model.gnvpro'], 'nothing else is left');
  t.same(readFileSync(path), Buffer.from(model.toBytes()));
  const inputs = randomMatrix(10, 5);
  t.same((await Model.load(path, js)).predictSync(inputs), model.predictSync(inputs));
  t.same((await Model.load(pathToFileURL(path), js)).predictSync(inputs), model.predictSync(inputs), 'by URL');
});

test('an existing file is replaced, also through a link', async (t) => {
  const folder = t.testdir({ real: {}, 'old.gnvpro': 'something else' });
  const [first, second] = [randomModel({ seed: 1 }), randomModel({ seed: 2 })];
  await first.save(join(folder, 'old.gnvpro'));
  t.same((await Model.load(join(folder, 'old.gnvpro'), js)).theta, first.theta);
  writeFileSync(join(folder, 'real', 'target'), 'old');
  symlinkSync(join(folder, 'real', 'target'), join(folder, 'link'));
  await second.save(join(folder, 'link'));
  t.same((await Model.load(join(folder, 'real', 'target'), js)).theta, second.theta);
  t.same(readdirSync(join(folder, 'real')), ['target']);
});

test('many saves at once leave one whole file', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'model');
  const models = [1, 2, 3, 4, 5].map((seed) => randomModel({ seed }));
  await Promise.all(models.map((model) => model.save(path)));
  const loaded = await Model.load(path, js);
  t.ok(models.some((model) => Buffer.compare(model.toBytes(), loaded.toBytes()) === 0));
  t.same(readdirSync(folder), ['model']);
});

test('a failed save leaves nothing behind', async (t) => {
  const folder = t.testdir({ taken: { inside: '' } });
  const model = randomModel();
  await t.rejects(model.save(join(folder, 'taken')), 'a folder has that name');
  t.same(readdirSync(folder), ['taken']);
  await t.rejects(model.save(join(folder, 'absent', 'model')), { code: 'ENOENT' });
  t.notOk(existsSync(join(folder, 'absent')));
  mkdirSync(join(folder, 'closed'));
  chmodSync(join(folder, 'closed'), 0o500);
  if (process.getuid?.() !== 0) await t.rejects(model.save(join(folder, 'closed', 'model')), { code: 'EACCES' });
});

test('paths', async (t) => {
  await t.rejects(Model.load(join(t.testdir(), 'absent')), { code: 'ENOENT' });
  await t.rejects(Model.load(t.testdir()), { code: 'EISDIR' });
  for (const path of ['', 7, null, new URL('https://example.org/model')]) {
    await t.rejects(Model.load(path as string), { code: 'ERR_OPTION', message: /for path/ });
    await t.rejects(randomModel().save(path as string), { code: 'ERR_OPTION', message: /for path/ });
  }
});

test('a damaged file', async (t) => {
  const path = join(t.testdir(), 'model');
  await randomModel().save(path);
  writeFileSync(path, readFileSync(path).subarray(0, 500));
  await t.rejects(Model.load(path, js), { code: 'ERR_MODEL_FILE', message: /should have \d+ bytes but has 500/ });
});
