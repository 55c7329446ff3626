/** @file `gnvpro data`: what it brings, from where, what it tells, and how it ends. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import t, { type Test } from 'tap';
import { downloadBar } from '../../lib/cli/downloads.js';
import { byteCount } from '../../lib/cli/numbers.js';
import { dataSets } from '../../lib/datasets/catalogue.js';
import { Random, readMatrix } from '../../lib/index.js';
import { gnvpro, main, start } from '../support/cli.js';
import { batches, cifarArchive, pinesCube, pinesMap } from '../support/dataSets.js';
import { type FileServer, serveFiles } from '../support/fileServer.js';
import { matFile } from '../support/matFile.js';

const random = new Random(5);
const numbers = (length: number) => Float64Array.from({ length }, () => random.normal());
const N = 20;
const [Y, C] = [numbers(55 * N), numbers(72 * N)];
const cdrFile = matFile([
  { name: 'C', shape: [72, N], data: C },
  { name: 'Y', shape: [55, N], data: Y },
]);
const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

/** The lines of JSON that a command tells. */
const lines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function cdrServer(t: Test): Promise<FileServer> {
  const server = await serveFiles(t);
  server.files.set('/sets/CDR_Data.mat', { content: cdrFile, etag: '"cdr"' });
  return server;
}

async function holdsCdr(t: Test, folder: string): Promise<void> {
  t.strictSame(await readMatrix(join(folder, 'inputs.npy')), { data: Y, shape: [N, 55] });
  t.strictSame(await readMatrix(join(folder, 'targets.npy')), { data: C, shape: [N, 72] });
}

t.test('without a name: the data sets, their authors and terms', async (t) => {
  const { code, stdout } = await gnvpro(t, 'data', '--format', 'text');
  t.equal(code, 0);
  for (const { name, authors, originals } of dataSets) {
    for (const fact of [`${name}: `, authors, originals[0].address]) t.ok(stdout.includes(fact), fact);
  }
  t.match(stdout, /CDR_Data\.mat \(about 634 kB\)/);
  const json = JSON.parse((await gnvpro(t, 'data', '--format', 'json')).stdout) as { name: string }[];
  t.strictSame(
    json.map(({ name }) => name),
    ['cdr', 'dcr', 'indian-pines', 'cifar-10'],
  );
});

t.test('a name that is none', async (t) => {
  const { code, stderr } = await gnvpro(t, 'data', 'cifar10');
  t.equal(code, 1);
  t.match(stderr, /Expected one of "cdr", .* for the data set but received "cifar10"\. Did you mean "cifar-10"\?/);
});

t.test('from a server: files for training, and source.json', async (t) => {
  const server = await cdrServer(t);
  const out = join(t.testdir(), 'new', 'cdr');
  const address = `${server.base}sets/CDR_Data.mat`;
  const { code, stdout } = await gnvpro(t, 'data', 'cdr', '--from', address, '--out', out, '--format', 'json');
  t.equal(code, 0);
  await holdsCdr(t, out);
  const told = lines(stdout);
  t.hasStrict(told[0], { event: 'source', name: 'cdr', authors: dataSets[0].authors, terms: dataSets[0].terms });
  t.hasStrict(told[1], { event: 'download', file: 'CDR_Data.mat', bytes: 0, total: cdrFile.length });
  t.hasStrict(told.at(-2), { event: 'download', bytes: cdrFile.length });
  t.hasStrict(told.at(-1), { event: 'done', reused: false, out });
  const source = JSON.parse(readFileSync(join(out, 'source.json'), 'utf8'));
  const original = join(out, 'original', 'CDR_Data.mat');
  t.hasStrict(source, {
    name: 'cdr',
    requested: address,
    originals: [{ from: address, bytes: cdrFile.length, sha256: sum(original), checksum: 'notKnown' }],
    files: [
      { file: 'inputs.npy', shape: [N, 55], dtype: '<f8', sha256: sum(join(out, 'inputs.npy')) },
      { file: 'targets.npy', shape: [N, 72], dtype: '<f8', sha256: sum(join(out, 'targets.npy')) },
    ],
  });
  t.ok(Date.parse(source.date) <= Date.now() && Date.parse(source.originals[0].date) <= Date.parse(source.date));

  await t.test('a second time nothing is downloaded or written', async (t) => {
    server.takeAsked();
    const before = statSync(join(out, 'inputs.npy')).mtimeMs;
    const again = await gnvpro(t, 'data', 'cdr', '--from', address, '--out', out, '--format', 'text');
    t.match(again.stdout, /Already here/);
    t.match((await gnvpro(t, 'data', 'cdr', '--out', out)).stdout, /"reused":true/, 'also without --from');
    t.strictSame(server.takeAsked(), []);
    t.equal(statSync(join(out, 'inputs.npy')).mtimeMs, before);
  });
  await t.test('a file that is missing or changed is made again, from the download that is here', async (t) => {
    writeFileSync(join(out, 'targets.npy'), 'changed');
    rmSync(join(out, 'inputs.npy'));
    t.match((await gnvpro(t, 'data', 'cdr', '--from', address, '--out', out)).stdout, /"reused":false/);
    await holdsCdr(t, out);
    t.strictSame(server.takeAsked(), []);
  });
  await t.test('a download that was changed is downloaded again', async (t) => {
    rmSync(join(out, 'source.json'));
    writeFileSync(original, 'changed');
    t.equal((await gnvpro(t, 'data', 'cdr', '--from', address, '--out', out)).code, 0);
    await holdsCdr(t, out);
    t.equal(server.takeAsked().length, 1);
  });
  await t.test('another address is asked, below which the file lies', async (t) => {
    t.equal((await gnvpro(t, 'data', 'cdr', '--from', `${server.base}sets/`, '--out', out)).code, 0);
    const other = await cdrServer(t);
    t.equal((await gnvpro(t, 'data', 'cdr', '--from', `${other.base}sets/`, '--out', out)).code, 0);
    t.equal(other.takeAsked().length, 1);
    await holdsCdr(t, out);
  });
});

t.test('what is brought can be trained on', async (t) => {
  const folder = t.testdir({ 'CDR_Data.mat': cdrFile });
  const out = join(folder, 'cdr');
  t.equal((await gnvpro(t, 'data', 'cdr', '--from', folder, '--out', out, '--format', 'none')).code, 0);
  const files = ['inputs', 'targets'].flatMap((name) => [`--${name}`, join(out, `${name}.npy`)]);
  const network = '{"type":"dense","units":3,"activation":"tanh"}';
  const train = ['train', '--out', join(folder, 'result'), ...files, '--network', network, '--stop.iterations', '2'];
  const { code, stderr } = await gnvpro(t, ...train, '--format', 'none');
  t.equal(code, 0, stderr);
});

t.test('from files at hand', async (t) => {
  const pines = t.testdir({ 'Indian_pines_corrected.mat': pinesCube(5), 'Indian_pines_gt.mat': pinesMap() });
  const out = join(pines, 'out');
  for (const from of [pines, join(pines, 'Indian_pines_corrected.mat')]) {
    const { code, stdout } = await gnvpro(t, 'data', 'indian-pines', '--from', from, '--out', out, '--format', 'text');
    t.equal(code, 0);
    t.match(stdout, /inputs\.npy +21025 × 5 +<u2/);
    t.match(stdout, /labels\.npy +21025 × 1 +\|u1/);
    t.notOk(existsSync(join(out, 'original')), 'nothing is copied');
  }
  const none = await gnvpro(t, 'data', 'indian-pines', '--from', out, '--out', out);
  t.equal(none.code, 1);
  t.match(
    none.stderr,
    /Expected Indian_pines\.mat or Indian_pines_corrected\.mat in the folder .*out but it has no such file/,
  );
  const missing = await gnvpro(t, 'data', 'indian-pines', '--from', join(pines, 'nowhere'), '--out', out);
  t.equal(missing.code, 1);
  t.match(missing.stderr, /nowhere cannot be read: ENOENT/);
});

t.test('several files are downloaded from below one address', async (t) => {
  const server = await serveFiles(t);
  server.files.set('/Indian_pines.mat', { content: pinesCube(3) });
  server.files.set('/Indian_pines_gt.mat', { content: pinesMap() });
  const out = join(t.testdir(), 'pines');
  t.equal((await gnvpro(t, 'data', 'indian-pines', '--from', server.base, '--out', out)).code, 0);
  t.strictSame(
    server.takeAsked().map(({ path }) => path),
    ['/Indian_pines.mat', '/Indian_pines_gt.mat'],
  );
  t.strictSame((await readMatrix(join(out, 'labels.npy'))).shape, [21025, 1]);
  const file = await gnvpro(t, 'data', 'indian-pines', '--from', `${server.base}Indian_pines.mat`, '--out', out);
  t.equal(file.code, 1);
  t.match(
    file.stderr,
    /Expected an address that ends in \/, below which Indian_pines\.mat and Indian_pines_gt\.mat lie/,
  );
  const other = await gnvpro(t, 'data', 'cdr', '--from', 'ftp://example.org/a.mat', '--out', out);
  t.match(other.stderr, /Expected a path, or an address that begins with http.* for --from but received "ftp:/);
});

t.test('a checksum that is known is asked for, unless told otherwise', async (t) => {
  const archive = await cifarArchive(batches(2));
  const folder = t.testdir({ 'cifar-10-binary.tar.gz': archive });
  const [from, out] = [join(folder, 'cifar-10-binary.tar.gz'), join(folder, 'out')];
  const known = dataSets[3].originals[0].sha256;
  const refused = await gnvpro(t, 'data', 'cifar-10', '--from', from, '--out', out);
  t.equal(refused.code, 1);
  t.match(
    refused.stderr,
    new RegExp(`Expected the SHA-256 ${known} for .*tar\\.gz but received ${sum(from)}.*--no-checksum`),
  );
  t.notOk(existsSync(join(out, 'source.json')));
  const taken = await gnvpro(t, 'data', 'cifar-10', '--from', from, '--out', out, '--no-checksum', '--format', 'json');
  t.equal(taken.code, 0);
  t.hasStrict(lines(taken.stdout).at(-1), { originals: [{ checksum: 'differs' }], facts: { image: { rows: 32 } } });
  t.strictSame((await readMatrix(join(out, 'train-images.npy'))).shape, [10, 3072]);
  t.strictSame((await readMatrix(join(out, 'test-labels.npy'))).shape, [2, 1]);

  const server = await serveFiles(t);
  server.files.set('/cifar-10-binary.tar.gz', { content: archive });
  const sent = await gnvpro(t, 'data', 'cifar-10', '--from', server.base, '--out', out);
  t.equal(sent.code, 1);
  t.match(sent.stderr, /Expected the SHA-256 .* It was removed/);
  t.notOk(existsSync(join(out, 'original', 'cifar-10-binary.tar.gz.part')));
  t.equal((await gnvpro(t, 'data', 'cifar-10', '--from', server.base, '--out', out, '--no-checksum')).code, 0);
});

t.test('failures: the exit code, the address, the way out', async (t) => {
  const server = await cdrServer(t);
  const folder = t.testdir({ file: 'no folder' });
  const out = join(folder, 'out');
  const missing = await gnvpro(t, 'data', 'cdr', '--from', `${server.base}gone.mat`, '--out', out);
  t.equal(missing.code, 2);
  t.match(missing.stderr, /Error: http:\/\/127\.0\.0\.1:\d+\/gone\.mat answered 404 Not Found\. .*--from/);
  server.files.set('/other.mat', { content: Buffer.from('not what was hoped for'.repeat(40)) });
  const other = await gnvpro(t, 'data', 'cdr', '--from', `${server.base}other.mat`, '--out', out);
  t.equal(other.code, 1);
  t.match(
    other.stderr,
    /versions 5 to 7 but .*CDR_Data\.mat is none.*comes from http.*other\.mat; remove it to download it again/,
  );
  server.instead = () => true;
  const silent = await gnvpro(t, 'data', 'cdr', '--from', `${server.base}a.mat`, '--out', out, '--timeout', '0.2');
  t.equal(silent.code, 2);
  t.match(silent.stderr, /a\.mat has sent nothing for 0\.2 s/);
  const inFile = await gnvpro(t, 'data', 'cdr', '--from', server.base, '--out', join(folder, 'file', 'out'));
  t.equal(inFile.code, 1);
  t.match(inFile.stderr, /file\/out cannot be written: ENOTDIR/);
  t.equal((await gnvpro(t, 'data', 'cdr', '--timeout', 'never')).code, 1);
  mkdirSync(join(out, 'inputs.npy'));
  server.instead = () => false;
  const blocked = await gnvpro(t, 'data', 'cdr', '--from', `${server.base}sets/`, '--out', out);
  t.equal(blocked.code, 1);
  t.match(blocked.stderr, /inputs\.npy cannot be written: EISDIR|ENOTEMPTY/);
});

t.test('interrupted by a signal: the part stays, and the next run goes on', async (t) => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const server = await cdrServer(t);
    const out = t.testdir();
    const half = cdrFile.length >> 1;
    server.instead = (request, response) => {
      if (request.headers.range !== undefined) return false;
      response.writeHead(200, { 'content-length': cdrFile.length, etag: '"cdr"' });
      response.write(cdrFile.subarray(0, half));
      return true;
    };
    const args = ['data', 'cdr', '--from', `${server.base}sets/`, '--out', out, '--format', 'json'];
    const running = start(process.execPath, main, ...args);
    const part = join(out, 'original', 'CDR_Data.mat.part');
    while (!existsSync(part) || statSync(part).size < half) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill(signal);
    const ended = await running;
    t.equal(ended.code, code);
    t.match(ended.stderr, new RegExp(`Interrupted by ${signal}\\. What was downloaded is kept`));
    t.equal(statSync(part).size, half);
    server.takeAsked();
    const again = await gnvpro(t, ...args);
    t.equal(again.code, 0);
    t.strictSame(
      server.takeAsked().map(({ range }) => range),
      [`bytes=${half}-`],
    );
    await holdsCdr(t, out);
  }
});

class Terminal extends Writable {
  readonly isTTY = true;
  readonly columns = 200;
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void) {
    this.text += chunk.toString();
    done();
  }
}

t.test('the bar on a terminal', async (t) => {
  const terminal = new Terminal();
  const bar = downloadBar(terminal as unknown as NodeJS.WritableStream);
  bar.end();
  const shown = async (...args: Parameters<typeof bar.show>) => {
    bar.show(...args);
    terminal.text = '';
    await new Promise((resolve) => setTimeout(resolve, 300)); // it draws eight times a second
    return terminal.text;
  };
  bar.show('a.mat', 1e6, 4e6);
  t.match(await shown('a.mat', 2e6, 4e6), / left {2}█{10}░{10} {2}a\.mat {2}2 MB of 4 MB {2}.*B\/s/);
  t.match(await shown('b.mat', 500, null), /b\.mat {2}░{20} {2}500 bytes/);
  bar.end();
  bar.end();
});

t.test('sizes in words', async (t) => {
  const pairs = [
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1 kB'],
    [634e3, '634 kB'],
    [170_052_171, '170 MB'],
  ] as const;
  for (const [bytes, text] of pairs) t.equal(byteCount(bytes), text);
});
