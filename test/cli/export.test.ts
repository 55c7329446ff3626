/** @file `gnvpro export`: what it writes, and what it says where it does not. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Model } from '../../lib/model/model.js';
import { gnvpro } from '../support/cli.js';
import { randomModel, randomParts } from '../support/models.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);
const model = randomModel();
const classifier = new Model({ ...randomParts(), loss: 'crossEntropy', classes: ['a', 'b', 'c'] }, { backend: 'js' });
await model.save(at('model.gnvpro'));
await classifier.save(at('classifier.gnvpro'));

t.test('each kind of file', async (t) => {
  const written = async (name: string, ...more: string[]) => {
    const { code, stdout, stderr } = await gnvpro(t, 'export', at('classifier.gnvpro'), at(name), ...more);
    t.strictSame([code, stdout, stderr], [0, '', '']);
    return readFileSync(at(name));
  };
  t.strictSame(new Uint8Array(await written('m.onnx')), await classifier.toOnnx());
  const options = { precision: 'float64', probabilities: true } as const;
  t.strictSame(
    new Uint8Array(await written('M.ONNX', '--precision', 'float64', '--probabilities')),
    await classifier.toOnnx(options),
  );
  t.equal(String(await written('m.mjs')), classifier.toModule());
  t.equal(String(await written('m.c', '--name', 'kinds')), classifier.toC({ name: 'kinds' }));
  t.equal(String(await written('my-model 2.c')), classifier.toC({ name: 'my_model_2' }));
  t.equal(String(await written('2.c')), classifier.toC({ name: 'model_2' }));
  t.equal(String(await written('ü.c')), classifier.toC({ name: 'model' }));
});

t.test('what is wrong is said, and nothing is lost', async (t) => {
  writeFileSync(at('old.c'), 'mine');
  writeFileSync(at('noModel.gnvpro'), 'x,y\n1,2\n');
  const refused = async (message: RegExp, ...args: string[]) => {
    const { code, stderr } = await gnvpro(t, 'export', ...args);
    t.equal(code, 1);
    t.match(stderr, message);
  };
  const [file, noModel] = [at('model.gnvpro'), at('noModel.gnvpro')];
  await refused(/ends in one of \.onnx, \.c, \.mjs but received .*model\.txt/, file, at('model.txt'));
  await refused(/ends in one of/, file, at('model'));
  await refused(/--name for a \.c file only, not for \.onnx/, file, at('x.onnx'), '--name', 'x');
  await refused(/--probabilities for a \.onnx file only/, file, at('x.mjs'), '--probabilities');
  await refused(/float16/, file, at('x.onnx'), '--precision', 'float16');
  await refused(/crossEntropy.* leastSquares/, file, at('x.onnx'), '--probabilities');
  await refused(/letters, digits/, file, at('old.c'), '--name', '1');
  await refused(/not a gnvpro model/, noModel, at('old.c'));
  await refused(/ENOENT/, at('missing.gnvpro'), at('old.c'));
  await refused(/ENOENT/, file, at('missing/x.c'));
  await refused(/missing required argument 'file'/, file);
  t.equal(readFileSync(at('old.c'), 'utf8'), 'mine');
  for (const name of ['model.txt', 'x.onnx', 'x.mjs']) t.notOk(existsSync(at(name)));
});
