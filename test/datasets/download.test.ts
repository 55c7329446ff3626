/**
 * @file Downloads from a server on this machine: whole, cut, continued, changed, wrong, and never half.
 * @alone The user of the process and flags of V8 change.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t, { type Test } from 'tap';
import { type DownloadOptions, download } from '../../lib/datasets/download.js';
import { readRecord } from '../../lib/datasets/record.js';
import { Random } from '../../lib/index.js';
import { type FileServer, serveFiles } from '../support/fileServer.js';

const random = new Random(3);
const bytes = (length: number) => Buffer.from(Uint8Array.from({ length }, () => random.integer(256)));
const content = bytes(300_000);
const other = bytes(300_000);
const sum = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

interface Place {
  readonly server: FileServer;
  readonly address: string;
  readonly folder: string;
  readonly path: string;
  bring(options?: Partial<DownloadOptions>): ReturnType<typeof download>;
}

async function place(t: Test): Promise<Place> {
  const server = await serveFiles(t);
  const folder = t.testdir();
  const [address, path] = [`${server.base}a.bin`, join(folder, 'a.bin')];
  server.files.set('/a.bin', { content, etag: '"one"' });
  server.taken = (end) => existsSync(`${path}.part`) && statSync(`${path}.part`).size >= end;
  const bring = (options: Partial<DownloadOptions> = {}) =>
    download(address, path, { sha256: sum(content), idleSeconds: 10, pauseSeconds: 0.01, ...options });
  return { server, address, folder, path, bring };
}

/** A part of so many bytes, as a cut connection leaves it. */
async function cutAt(t: Test, { server, bring, path }: Place, length: number): Promise<void> {
  server.cutAfter = length;
  let requests = 0;
  server.instead = (_, response) => {
    if (requests++ === 0) return false;
    response.destroy();
    return true;
  };
  await t.rejects(bring(), { code: 'ERR_DOWNLOAD' });
  t.strictSame(readFileSync(`${path}.part`), content.subarray(0, length), 'the part that came is kept');
  t.notOk(existsSync(path), 'and nothing has the name of the file');
  server.cutAfter = null;
  server.instead = () => false;
  server.takeAsked();
}

/** What the server was asked for since the last time, the range of each request. */
const rangesAsked = (server: FileServer) => server.takeAsked().map(({ range }) => range);

const whole = (t: Test, path: string, expected: Uint8Array = content) => {
  t.ok(readFileSync(path).equals(expected), 'the bytes are right');
  t.notOk(existsSync(`${path}.part`), 'no part is left');
};

t.test('a whole file, once', async (t) => {
  const { server, address, folder, path, bring } = await place(t);
  const told: (number | null)[][] = [];
  const first = await bring({ onProgress: (received, total) => told.push([received, total]) });
  t.hasStrict(first, { address, bytes: content.length, sha256: sum(content), reused: false });
  whole(t, path);
  t.strictSame(told[0], [0, content.length]);
  t.strictSame(told.at(-1), [content.length, content.length]);
  t.strictSame(server.takeAsked(), [{ path: '/a.bin', range: undefined, ifRange: undefined }]);
  t.strictSame(readdirSync(folder).sort(), ['a.bin', 'a.bin.json']);
  t.hasStrict(await readRecord(path), { address, etag: '"one"', sha256: sum(content), bytes: content.length });
  t.strictSame(await bring(), { ...first, reused: true });
  t.strictSame(await bring({ sha256: null }), { ...first, reused: true }, 'also by the checksum that was recorded');
  t.strictSame(server.takeAsked(), [], 'nobody is asked again');
  writeFileSync(path, content.subarray(1));
  t.equal((await bring({ sha256: null })).reused, false, 'a file that was changed is');
  whole(t, path);
  writeFileSync(`${path}.json`, 'no JSON');
  t.equal((await bring()).reused, false, 'so is one without its record');
});

t.test('a cut connection: the second run asks for the rest', async (t) => {
  const here = await place(t);
  await cutAt(t, here, 123_456);
  const { server, path, bring } = here;
  const told: number[] = [];
  const { reused } = await bring({ onProgress: (received) => told.push(received) });
  t.equal(reused, false);
  whole(t, path);
  t.strictSame(server.takeAsked(), [{ path: '/a.bin', range: 'bytes=123456-', ifRange: '"one"' }]);
  t.equal(told[0], 123_456, 'progress goes on from there');
});

t.test('a cut connection is continued at once as long as that brings something', async (t) => {
  const { server, path, bring } = await place(t);
  server.cutAfter = 80_000;
  await bring();
  whole(t, path);
  t.strictSame(rangesAsked(server), [undefined, 'bytes=80000-', 'bytes=160000-', 'bytes=240000-']);
});

t.test('collected garbage takes no connection with it', async (t) => {
  const { server, path, bring } = await place(t);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // fetch() cancels the body of a response that nobody holds and nobody has begun to read.
  server.instead = () => {
    for (const delay of [1, 5, 10, 20]) setTimeout(collect, delay);
    return false;
  };
  await bring();
  whole(t, path);
  t.equal(server.takeAsked().length, 1);
});

t.test('by the time of the last change, where there is no tag or a weak one', async (t) => {
  for (const etag of [undefined, 'W/"one"']) {
    const here = await place(t);
    const lastModified = 'Mon, 02 Nov 2026 10:00:00 GMT';
    here.server.files.set('/a.bin', { content, etag, lastModified });
    await cutAt(t, here, 1000);
    await here.bring();
    whole(t, here.path);
    t.strictSame(here.server.takeAsked(), [{ path: '/a.bin', range: 'bytes=1000-', ifRange: lastModified }]);
  }
});

t.test('starts again where the rest cannot be had for certain', async (t) => {
  await t.test('a server that does not know ranges', async (t) => {
    const here = await place(t);
    await cutAt(t, here, 100_000);
    here.server.ranges = false;
    await here.bring();
    whole(t, here.path);
  });
  await t.test('a server that does not tell versions apart', async (t) => {
    const here = await place(t);
    here.server.files.set('/a.bin', { content });
    here.server.cutAfter = 1000;
    await t.rejects(here.bring(), { code: 'ERR_DOWNLOAD', message: /starts again/ });
    t.equal(here.server.takeAsked().length, 1);
    here.server.cutAfter = null;
    await here.bring();
    whole(t, here.path);
    t.strictSame(here.server.takeAsked(), [{ path: '/a.bin', range: undefined, ifRange: undefined }]);
  });
  await t.test('another version of the file', async (t) => {
    const here = await place(t);
    await cutAt(t, here, 100_000);
    here.server.files.set('/a.bin', { content: other, etag: '"two"' });
    await here.bring({ sha256: null });
    whole(t, here.path, other);
    t.equal(here.server.takeAsked().length, 1, 'If-Range brings it in one answer');
    t.hasStrict(await readRecord(here.path), { etag: '"two"', sha256: sum(other) });
  });
  await t.test('another version, of a server that ignores If-Range', async (t) => {
    const changes = [
      { etag: '"two"' },
      { etag: '"one"', lastModified: 'Tue, 03 Nov 2026 10:00:00 GMT' },
      { etag: '"one"', content: bytes(300_001) },
    ];
    for (const change of changes) {
      const here = await place(t);
      const lastModified = 'Mon, 02 Nov 2026 10:00:00 GMT';
      here.server.files.set('/a.bin', { content, etag: '"one"', lastModified });
      await cutAt(t, here, 200_000);
      here.server.ignoresIfRange = true;
      const changed = { content: other, lastModified, ...change };
      here.server.files.set('/a.bin', changed);
      await here.bring({ sha256: null });
      whole(t, here.path, changed.content);
      t.strictSame(rangesAsked(here.server), ['bytes=200000-', undefined]);
    }
  });
  await t.test('a shorter version, of a server that ignores If-Range', async (t) => {
    const here = await place(t);
    await cutAt(t, here, 200_000);
    const short = other.subarray(0, 150_000);
    here.server.files.set('/a.bin', { content: short, etag: '"one"' });
    await here.bring({ sha256: null });
    whole(t, here.path, short);
    t.strictSame(rangesAsked(here.server), ['bytes=200000-', undefined]);
  });
  await t.test('a range other than the one asked for', async (t) => {
    const here = await place(t);
    await cutAt(t, here, 200_000);
    here.server.instead = (request, response) => {
      if (request.headers.range === undefined) return false;
      response.writeHead(206, { 'content-range': 'bytes 7-99/100' }).end(Buffer.alloc(93));
      return true;
    };
    await here.bring();
    whole(t, here.path);
  });
  await t.test('another address', async (t) => {
    const here = await place(t);
    await cutAt(t, here, 100_000);
    here.server.files.set('/b.bin', { content: other, etag: '"one"' });
    await download(`${here.server.base}b.bin`, here.path, { sha256: sum(other), idleSeconds: 10 });
    whole(t, here.path, other);
  });
});

t.test('all came before the connection was cut: there is no rest', async (t) => {
  const { server, path, bring, address } = await place(t);
  writeFileSync(`${path}.part`, content);
  const record = { address, etag: '"one"', lastModified: null, bytes: content.length, sha256: null, date: 'then' };
  writeFileSync(`${path}.json`, JSON.stringify(record));
  t.equal((await bring()).date, 'then');
  whole(t, path);
  t.strictSame(rangesAsked(server), ['bytes=300000-']);
});

t.test('a wrong checksum: an error, nothing is left, and the next run is clean', async (t) => {
  const { server, folder, path, bring, address } = await place(t);
  server.files.set('/a.bin', { content: other, etag: '"one"' });
  await t.rejects(bring(), {
    code: 'ERR_CHECKSUM',
    message: new RegExp(`${sum(content)} for what ${address} sends but received ${sum(other)}`),
  });
  t.strictSame(readdirSync(folder), [], 'nothing is left');
  server.files.set('/a.bin', { content, etag: '"two"' });
  await bring();
  whole(t, path);
});

t.test('a wrong checksum after a part of another version with the same tag', async (t) => {
  const here = await place(t);
  await cutAt(t, here, 100_000);
  here.server.files.set('/a.bin', { content: other, etag: '"one"' });
  await t.rejects(here.bring({ sha256: sum(other) }), { code: 'ERR_CHECKSUM' });
  await here.bring({ sha256: sum(other) });
  whole(t, here.path, other);
});

t.test('an earlier file stays until the new one is complete', async (t) => {
  const here = await place(t);
  writeFileSync(here.path, 'earlier');
  here.server.cutAfter = 10;
  here.server.files.set('/a.bin', { content });
  await t.rejects(here.bring(), { code: 'ERR_DOWNLOAD' });
  t.equal(readFileSync(here.path, 'utf8'), 'earlier');
});

t.test('answers that are no file: the address, and what else to do', async (t) => {
  const { server, address, folder, bring } = await place(t);
  for (const status of [404, 403, 500, 503, 204]) {
    server.instead = (_, response) => Boolean(response.writeHead(status).end());
    await t.rejects(bring(), { code: 'ERR_DOWNLOAD', message: new RegExp(`^${address} answered ${status} .*--from`) });
  }
  server.instead = () => false;
  server.files.set('/a.bin', { content, type: 'text/html; charset=utf-8' });
  await t.rejects(bring(), { code: 'ERR_DOWNLOAD', message: /with a web page instead of the file.*--from/ });
  t.strictSame(readdirSync(folder), []);
});

t.test('redirections are followed, and not for ever', async (t) => {
  const { server, path, bring } = await place(t);
  server.files.set('/moved.bin', { content, etag: '"one"' });
  const redirect = (location: string) => {
    server.instead = (request, response) => {
      if (request.url !== '/a.bin') return false;
      response.writeHead(302, { location }).end();
      return true;
    };
  };
  redirect('/a.bin');
  await t.rejects(bring(), { code: 'ERR_DOWNLOAD', message: /a\.bin cannot be reached: .*redirect/ });
  redirect('/moved.bin');
  await bring();
  whole(t, path);
});

t.test('nobody listens, or nobody answers', async (t) => {
  const folder = t.testdir();
  const path = join(folder, 'a.bin');
  const options = { sha256: null, idleSeconds: 0.2 };
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  t.teardown(() => silent.close());
  const quiet = `http://127.0.0.1:${port}/a.bin`;
  await t.rejects(download(quiet, path, options), { code: 'ERR_DOWNLOAD', message: /sent nothing for 0\.2 s.*--from/ });
  const closed = createServer();
  await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(closed.address() as { port: number }).port}/a.bin`;
  await new Promise((resolve) => closed.close(resolve));
  const refused = { code: 'ERR_DOWNLOAD', message: new RegExp(`${address} cannot be reached: .*ECONNREFUSED.*--from`) };
  await t.rejects(download(address, path, options), refused);
  await t.rejects(download('http://name.invalid/a.bin', path, options), {
    code: 'ERR_DOWNLOAD',
    message: /cannot be reached/,
  });
  t.strictSame(readdirSync(folder), []);
});

t.test('a server that stops in the middle: the part stays, and is continued', async (t) => {
  const { server, path, bring } = await place(t);
  server.instead = (request, response) => {
    if (request.headers.range !== undefined) return false;
    response.writeHead(200, { 'content-length': content.length, etag: '"one"' });
    response.write(content.subarray(0, 50_000));
    return true;
  };
  await t.rejects(bring({ idleSeconds: 0.3 }), { code: 'ERR_DOWNLOAD', message: /nothing for 0\.3 s/ });
  t.ok(readFileSync(`${path}.part`).equals(content.subarray(0, 50_000)));
  await bring();
  whole(t, path);
});

t.test('a signal ends it with its reason; the part stays', async (t) => {
  const { server, path, bring } = await place(t);
  server.instead = (request, response) => {
    if (request.headers.range !== undefined) return false;
    response.writeHead(200, { 'content-length': content.length, etag: '"one"' });
    response.write(content.subarray(0, 50_000));
    return true;
  };
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = (received: number) => void (received === 50_000 && controller.abort(reason));
  await t.rejects(bring({ signal: controller.signal, onProgress }), reason);
  t.equal(readFileSync(`${path}.part`).length, 50_000);
  await bring();
  whole(t, path);
  await t.rejects(bring({ signal: AbortSignal.abort(reason), sha256: null }), reason);
});

t.test('places that cannot be written are named', async (t) => {
  const here = await place(t);
  const { folder, path, bring, address, server } = here;
  await t.test('no space', { skip: !existsSync('/dev/full') }, async (t) => {
    symlinkSync('/dev/full', `${path}.part`);
    await t.rejects(bring(), { code: 'ERR_DATA_FILE', message: /a\.bin\.part cannot be written: ENOSPC/ });
    rmSync(`${path}.part`);
  });
  await t.test('a folder in its place', async (t) => {
    mkdirSync(`${path}.part`);
    await t.rejects(bring(), { code: 'ERR_DATA_FILE', message: /a\.bin\.part cannot be written: EISDIR/ });
    rmSync(`${path}.part`, { recursive: true });
  });
  await t.test('no permission', { skip: process.geteuid?.() !== 0 && 'only root can be somebody else' }, async (t) => {
    const nobody = 65534;
    process.seteuid?.(nobody);
    try {
      await t.rejects(bring(), { code: 'ERR_DATA_FILE', message: /a\.bin cannot be written: EACCES/ });
    } finally {
      process.seteuid?.(0);
    }
  });
  await t.test('no folder', async (t) => {
    const options = { sha256: null, idleSeconds: 10 };
    const nowhere = join(folder, 'none', 'a.bin');
    await t.rejects(download(address, nowhere, options), {
      code: 'ERR_DATA_FILE',
      message: /none\/a\.bin cannot be written/,
    });
  });
  server.takeAsked();
});
