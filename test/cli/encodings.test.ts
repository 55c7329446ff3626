/** @file Files as editors and shells of Windows write them, and JSON with mistakes, on the command line. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Random } from '../../lib/index.js';
import { gnvpro, main, start } from '../support/cli.js';

const folder = t.testdir();
const at = (name: string) => join(folder, name);

const random = new Random(1);
const lines = Array.from({ length: 30 }, () => [random.uniform(-1, 1), random.uniform(-1, 1)].join());
writeFileSync(at('data.csv'), Buffer.from(`\ufeffa,b\r\n${lines.join('\r\n')}\r\n`, 'utf16le'));
const job = JSON.stringify({
  inputs: { file: 'data.csv', columns: ['a'] },
  targets: { file: 'data.csv', columns: ['b'] },
  network: { type: 'dense', units: 2, activation: 'tanh' },
  stop: { iterations: 2 },
});

function train(content: string | Buffer, ...more: string[]) {
  writeFileSync(at('job.json'), content);
  return gnvpro(t, 'train', at('job.json'), '--out', at('out'), '--format', 'none', ...more);
}

t.test('a job with a byte order mark', async (t) => {
  const { code, stderr } = await train(`\ufeff${job}`);
  t.equal(code, 0, stderr);
  const running = start(
    main,
    'train',
    '-',
    '--out',
    at('piped'),
    '--format',
    'none',
    '--inputs.file',
    at('data.csv'),
    '--targets.file',
    at('data.csv'),
  );
  running.child.stdin?.end(`\ufeff${job}`);
  t.match(await running, { code: 0, stderr: '' }, 'on standard input');
});

t.test('a job in another encoding, or with a mistake', async (t) => {
  t.match(await train(Buffer.from(`\ufeff${job}`, 'utf16le')), { code: 1, stderr: /job\.json but it is UTF-16/ });
  t.match(await train(Buffer.from(job.replace('"a"', '"ä"'), 'latin1')), { code: 1, stderr: /line 1 has bytes/ });
  t.match(await train('{\n "inputs": NaN }'), { code: 1, stderr: /Expected JSON in .*job\.json, line 2, column 12/ });
});

t.test('JSON in options', async (t) => {
  const told = await train(job, '--network', '{"type":"dense",units:3}');
  t.match(told, { code: 1, stderr: /Expected JSON in --network, line 1, column 17: / });
  t.match(await train(job, '--stop', '{iterations:3}'), {
    code: 1,
    stderr: /Expected JSON in --stop, line 1, column 2/,
  });
});

t.test('results that an editor saved again', async (t) => {
  t.equal((await train(job)).code, 0);
  writeFileSync(at('out/report.json'), `\ufeff${readFileSync(at('out/report.json'), 'utf8')}`);
  t.match(await gnvpro(t, 'report', at('out')), { code: 0, stderr: '' });
  writeFileSync(at('out/report.json'), '{\n "gnvpro": }');
  t.match(await gnvpro(t, 'report', at('out')), { code: 1, stderr: /report\.json, line 2, column 12/ });
});
