/** @file Keys of a job as options: which there are, how their texts are read, and how they change a job. */
import t from 'tap';
import { applySettings, type Setting } from '../../lib/cli/job.js';
import { type Key, keysOf, parseValue, placeholder } from '../../lib/cli/keys.js';
import { jobSchema } from '../../lib/schema/schema.js';

const keys = keysOf(jobSchema);

function key(name: string): Key {
  const found = keys.find(({ path }) => path.join('.') === name);
  if (found === undefined) throw new Error(`no key ${name}`);
  return found;
}

t.test('every key of every depth, once', async (t) => {
  const names = keys.map(({ path }) => path.join('.'));
  t.equal(new Set(names).size, names.length, 'once');
  const some = ['inputs', 'inputs.columns', 'split.permutation.file', 'validation.targets.header', 'stop.workUnits'];
  const deep = [
    'optimizer.trustRegion.initialRadius',
    'optimizer.c1',
    'initialize.file',
    'scaling.inputs.shift',
    'scaling.inputs.components',
  ];
  for (const name of [...some, ...deep]) t.ok(names.includes(name), name);
  for (const name of ['$schema', 'network.type']) t.notOk(names.includes(name), name);
});

t.test('what stands for the value in the help', async (t) => {
  const expected = {
    inputs: 'file|json',
    bias: 'true|false',
    initialize: 'random|svd|json',
    'inputs.columns': 'list',
    'inputs.delimiter': 'text',
    'stop.workUnits': 'number',
    initial: 'file',
  };
  for (const [name, shown] of Object.entries(expected)) t.equal(placeholder(key(name)), shown, name);
});

t.test('texts become values', async (t) => {
  const cases: [name: string, text: string, value: unknown][] = [
    ['stop.workUnits', '1e3', 1000],
    ['bias', 'false', false],
    ['optimizer.trustRegion.initialRadius', 'null', null],
    ['inputs', 'data.csv', 'data.csv'],
    ['inputs', '{"file":"a.npy"}', { file: 'a.npy' }],
    ['initial', '5', 5], // refused afterwards, by the schema: a file of this name is ./5
    ['initialize', 'svd', 'svd'],
    ['optimizer.jacobian', 'kaufman', 'kaufman'],
    ['inputs.columns', 'x,2,0:55', ['x', 2, [0, 55]]],
    ['inputs.columns', '["x"]', ['x']],
    ['inputs.columns', '2', [2]],
    ['inputs.delimiter', ';', ';'],
    ['split.training', '0.5', 0.5],
    [
      'split.training',
      '0:400,500:600',
      [
        [0, 400],
        [500, 600],
      ],
    ],
    ['split.training', '[0,400]', [0, 400]],
    ['scaling.inputs.shift', '0.5,1', [0.5, 1]],
    ['scaling.inputs', 'uniform', 'uniform'],
    ['scaling.inputs.type', 'pca', 'pca'],
    ['scaling.inputs.components', '3', 3],
    ['network', '{"type":"tanh"}', { type: 'tanh' }],
    ['regularization', 'auto', 'auto'],
    ['names.inputs', 'a,b', ['a', 'b']],
  ];
  for (const [name, text, value] of cases) t.strictSame(parseValue(key(name), text), value, `--${name} ${text}`);
  t.throws(() => parseValue(key('levels'), 'three'), {
    code: 'ERR_OPTION',
    message: 'Expected an integer of at least 1 and of at most 20 for --levels but received "three".',
  });
  t.throws(() => parseValue(key('network'), '{"type":'), { code: 'ERR_OPTION', message: /--network/ });
});

t.test('settings win over the job, inner ones refine outer ones', async (t) => {
  const set = (name: string, value: unknown): Setting => ({ path: name.split('.'), value });
  const job = {
    inputs: 'a.csv',
    optimizer: { type: 'gnvpro', jacobian: 'kaufman', krylov: { tolerance: 0.1 } },
    seed: 1,
  };
  const cases: [Setting[], object][] = [
    [[set('seed', 2)], { seed: 2 }],
    [[set('inputs.columns', [1])], { inputs: { file: 'a.csv', columns: [1] } }],
    [[set('inputs.columns', [1]), set('inputs', 'b.csv')], { inputs: { file: 'b.csv', columns: [1] } }],
    [[set('optimizer.memory', 3)], { optimizer: { ...job.optimizer, memory: 3 } }],
    [
      [set('optimizer.krylov.maxVectors', 3)],
      { optimizer: { ...job.optimizer, krylov: { tolerance: 0.1, maxVectors: 3 } } },
    ],
    [[set('optimizer.type', 'lbfgs'), set('optimizer.c1', 0.1)], { optimizer: { type: 'lbfgs', c1: 0.1 } }],
    [[set('optimizer.type', 'gnvpro')], { optimizer: job.optimizer }],
    [[set('stop.seconds', 3)], { stop: { seconds: 3 } }],
    [
      [set('scaling.inputs.type', 'pca'), set('scaling.inputs.components', 3)],
      { scaling: { inputs: { type: 'pca', components: 3 } } },
    ],
  ];
  for (const [settings, expected] of cases) t.strictSame(applySettings(job, settings), { ...job, ...expected });
  t.strictSame(applySettings({}, [set('optimizer.memory', 3)]), { optimizer: { type: 'gnvpro', memory: 3 } });
  t.strictSame(applySettings({ regularization: 'auto' }, [set('regularization.W', 1e-3)]), {
    regularization: { theta: 'auto', W: 1e-3 },
  });
  t.strictSame(applySettings({ validation: 0.2 }, [set('validation.inputs', 'a')]), { validation: { inputs: 'a' } });
  t.strictSame(applySettings({ initialize: 'svd' }, [set('initialize.file', 'a')]), { initialize: { file: 'a' } });
  t.equal(job.inputs, 'a.csv', 'the job itself is left alone');
});
