/** @file Writing files: what is replaced, what is written in place, what is refused, and what is left behind. */
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { checkWritable, writeAtomically, writeTogether } from '../../lib/files/atomic.js';
import { makeFolder } from '../../lib/files/folder.js';
import { Model, writeMatrix } from '../../lib/index.js';
import { randomModel } from '../support/models.js';
import { projectFolder, root, runScript } from '../support/scripts.js';

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? false : 'only root may';
const onUnix = process.platform === 'win32' ? 'there are none' : false;
const modeOf = (path: string) => statSync(path).mode & 0o777;
const leftIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.tmp'));

/** Every writer of the package that is given a path. */
const writers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  writeAtomically: (path) => writeAtomically(path, 'text'),
  writeMatrix: (path) => writeMatrix(path, [[1, 2]]),
  'Model.save': (path) => randomModel().save(path),
};

t.test('the mode and the owner of what is replaced are kept', async (t) => {
  const folder = t.testdir();
  for (const [name, write] of Object.entries(writers)) {
    const path = join(folder, `${name}.npy`);
    for (const mode of [0o600, 0o640, 0o664, 0o755, 0o222]) {
      writeFileSync(path, 'of before');
      chmodSync(path, mode);
      if (isRoot) chownSync(path, 1234, 2345);
      await write(path);
      t.equal(modeOf(path), mode, `${name} ${mode.toString(8)}`);
      if (isRoot) t.strictSame([statSync(path).uid, statSync(path).gid], [1234, 2345]);
      t.notMatch(readFileSync(path), 'of before');
      chmodSync(path, 0o600);
    }
  }
  await writeAtomically(join(folder, 'fresh'), '');
  t.equal(modeOf(join(folder, 'fresh')), 0o666 & ~process.umask(), 'a new file has that of all new files');
});

t.test('devices are written, not replaced', { skip: needsRoot }, async (t) => {
  const folder = t.testdir();
  for (const [name, minor] of [
    ['null', '3'],
    ['full', '7'],
    ['zero', '5'],
  ])
    execFileSync('mknod', [join(folder, `${name}.npy`), 'c', '1', minor]);
  execFileSync('mknod', [join(folder, 'disk.npy'), 'b', '7', '250']);
  symlinkSync('null.npy', join(folder, 'link.npy'));
  for (const [name, write] of Object.entries(writers)) {
    await write(join(folder, 'null.npy'));
    await write(join(folder, 'link.npy'));
    await write(join(folder, 'zero.npy'));
    await t.rejects(write(join(folder, 'full.npy')), {
      code: 'ENOSPC',
      message: `ENOSPC: no space left on device, write '${join(folder, 'full.npy')}'`,
    });
    await t.rejects(write(join(folder, 'disk.npy')), { code: 'ERR_DATA_FILE', message: /disk\.npy is a disk/ }, name);
  }
  for (const name of ['null', 'full', 'zero'])
    t.ok(statSync(join(folder, `${name}.npy`)).isCharacterDevice(), `${name} is what it was`);
  t.ok(statSync(join(folder, 'disk.npy')).isBlockDevice());
  t.ok(lstatSync(join(folder, 'link.npy')).isSymbolicLink());
  t.strictSame(leftIn(folder), []);
});

t.test('pipes and sockets', { skip: onUnix }, async (t) => {
  const folder = t.testdir();
  const pipe = join(folder, 'pipe.npy');
  execFileSync('mkfifo', [pipe]);
  for (const write of Object.values(writers))
    await t.rejects(write(pipe), { code: 'ERR_DATA_FILE', message: /pipe\.npy is a pipe that nobody reads/ });
  const long = Buffer.alloc(3_000_000, 'abc'); // more than a pipe holds
  const reader = spawn('sh', ['-c', `sleep 0.2; exec cat < '${pipe}'`]);
  const pieces: Buffer[] = [];
  reader.stdout.on('data', (piece) => pieces.push(piece));
  const end = new Promise((resolve) => reader.on('close', resolve));
  const patient = async (): Promise<void> =>
    writeAtomically(pipe, long).catch((error) => {
      if (error.code !== 'ERR_DATA_FILE') throw error;
      return patient();
    });
  await patient();
  await end;
  t.ok(Buffer.concat(pieces).equals(long), 'every byte, in order');
  t.ok(statSync(pipe).isFIFO());
  const socket = join(folder, 'socket.npy');
  const server = (await import('node:net')).createServer().listen(socket);
  await new Promise((resolve) => server.on('listening', resolve));
  for (const write of Object.values(writers))
    await t.rejects(write(socket), { code: 'ERR_DATA_FILE', message: /socket\.npy is a socket/ });
  t.ok(statSync(socket).isSocket());
  server.close();
});

t.test('the standard output, by all its names', { skip: !existsSync('/proc/self/fd') }, async (t) => {
  const folder = projectFolder();
  for (const name of ['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', '/proc/thread-self/fd/1']) {
    const code = `import { Model } from 'gnvpro'; import { writeFileSync } from 'node:fs';
      process.stdout.write('before ');
      const model = await Model.load('model');
      await model.save('${name}');
      process.stdout.write(' after');`;
    await randomModel().save(join(folder, 'model'));
    const bytes = readFileSync(join(folder, 'model'));
    writeFileSync(join(folder, 'save.mjs'), code);
    const expected = Buffer.concat([Buffer.from('before '), bytes, Buffer.from(' after')]);
    const run = (rest: string) =>
      execFileSync('sh', ['-c', `echo first > out; '${process.execPath}' save.mjs ${rest}`], { cwd: folder });
    t.ok(run('').equals(expected), `${name}, a pipe`);
    run('> out');
    t.ok(readFileSync(join(folder, 'out')).equals(expected), `${name}, a file`);
    run('>> out');
    t.ok(
      readFileSync(join(folder, 'out')).equals(Buffer.concat([Buffer.from('first\n'), expected])),
      `${name}, the end of a file`,
    );
  }
  t.strictSame(leftIn(folder), []);
});

t.test('symbolic links are followed, and stay', { skip: onUnix }, async (t) => {
  const folder = t.testdir({ a: { b: {} }, 'folder.npy': {}, 'file.npy': 'of before' });
  const at = (...parts: string[]) => join(folder, ...parts);
  symlinkSync('../later.npy', at('a', 'dangling.npy'));
  symlinkSync(at('a', 'dangling.npy'), at('two-steps.npy'));
  symlinkSync('a/b', at('folder'));
  symlinkSync('folder/../beside.npy', at('physical.npy'));
  symlinkSync('nowhere/x.npy', at('lost.npy'));
  symlinkSync('loop2.npy', at('loop1.npy'));
  symlinkSync('loop1.npy', at('loop2.npy'));
  for (const write of Object.values(writers)) {
    await write(at('two-steps.npy'));
    t.ok(lstatSync(at('later.npy')).isFile());
    await write(at('physical.npy'));
    t.ok(lstatSync(at('a', 'beside.npy')).isFile(), 'as the system reads `..`');
    await t.rejects(write(at('lost.npy')), { code: 'ENOENT', message: `write '${at('lost.npy')}'` });
    await t.rejects(write(at('loop1.npy')), { code: 'ELOOP' });
    await t.rejects(write(at('folder.npy')), { code: 'EISDIR' });
    await t.rejects(write(at('file.npy', 'x.npy')), { code: 'ENOTDIR' });
  }
  t.equal(readlinkSync(at('two-steps.npy')), at('a', 'dangling.npy'));
  t.ok(['loop1.npy', 'lost.npy', 'physical.npy'].every((name) => lstatSync(at(name)).isSymbolicLink()));
  t.equal(readFileSync(at('file.npy'), 'utf8'), 'of before');
});

t.test('a name as long as the system allows', async (t) => {
  const folder = t.testdir();
  const longest = `${'n'.repeat(251)}.npy`;
  for (const write of Object.values(writers)) {
    await write(join(folder, longest));
    await write(join(folder, longest));
    await t.rejects(write(join(folder, `n${longest}`)), { code: 'ENAMETOOLONG' });
  }
  t.strictSame(readdirSync(folder), [longest]);
});

/** Runs a shell script with file systems of its own. */
function mounted(t: Test, script: string): string {
  const inside = `mount --make-rprivate / && mount -t tmpfs -o size=16k tmpfs '${t.testdirName}' && ${script}`;
  t.testdir();
  return execFileSync('unshare', ['-m', 'sh', '-c', inside], { encoding: 'utf8' });
}

t.test('a full disk, and one that cannot be written', { skip: needsRoot }, async (t) => {
  const project = projectFolder();
  const code = `import { writeMatrix } from 'gnvpro'; import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
    const rows = Array.from({ length: 10_000 }, (_, i) => [i]);
    const error = await writeMatrix(process.argv[2] + '/a.csv', rows).catch((error) => error);
    console.log(error.message, readdirSync(process.argv[2]), readFileSync(process.argv[2] + '/a.csv', 'utf8').trim());`;
  writeFileSync(join(project, 'write.mjs'), code);
  const run = `'${process.execPath}' '${join(project, 'write.mjs')}' '${t.testdirName}'`;
  const path = join(t.testdirName, 'a.csv');
  const before = `echo of before > '${path}'`;
  t.equal(
    mounted(t, `${before} && ${run}`),
    `ENOSPC: no space left on device, write '${path}' [ 'a.csv' ] of before\n`,
  );
  t.equal(
    mounted(t, `${before} && mount -o remount,ro '${t.testdirName}' && ${run}`),
    `EROFS: read-only file system, write '${path}' [ 'a.csv' ] of before\n`,
  );
});

t.test('as a user who may not', { skip: needsRoot }, async (t) => {
  const project = projectFolder();
  chmodSync(project, 0o755);
  for (const name of ['closed', 'own']) mkdirSync(join(project, name));
  writeFileSync(join(project, 'closed', 'open'), 'of before');
  writeFileSync(join(project, 'own', 'locked'), 'of before');
  writeFileSync(join(project, 'own', 'ours'), 'of before');
  chmodSync(join(project, 'closed', 'open'), 0o666);
  chmodSync(join(project, 'own', 'locked'), 0o444);
  chmodSync(join(project, 'own', 'ours'), 0o666);
  for (const name of ['own', 'own/locked']) chownSync(join(project, name), 65534, 65534);
  // It becomes the user once it has loaded the code, which may lie where that user may not read.
  const code = `import { checkWritable, writeAtomically } from '${root}dist/files/atomic.js';
    import { makeFolder } from '${root}dist/files/folder.js';
    process.setgroups([]);
    process.setgid(65534);
    process.setuid(65534);
    const tell = (path, action) => action().then(() => console.log(path, 'done'), ({ message }) => console.log(message));
    for (const path of ['closed/new', 'closed/open', 'own/locked', 'own/new', 'own/ours'])
      await tell(path, () => writeAtomically(path, 'new'));
    for (const path of ['closed', 'closed/new/folder']) await tell(path, () => makeFolder(path));
    await tell('closed/new', () => checkWritable('closed/new'));`;
  writeFileSync(join(project, 'user.mjs'), code);
  // tap's own part of a process would write among its files at the end.
  const command = `exec env -u NODE_OPTIONS '${process.execPath}' user.mjs`;
  const output = execFileSync('sh', ['-c', command], { cwd: project, encoding: 'utf8' });
  t.strictSame(output.trim().split('\n'), [
    "EACCES: permission denied, write 'closed/new'",
    "EACCES: permission denied, write 'closed/open'",
    "EACCES: permission denied, write 'own/locked'",
    'own/new done',
    'own/ours done',
    'closed done',
    `EACCES: permission denied, mkdir '${join(project, 'closed/new')}'`,
    "EACCES: permission denied, write 'closed/new'",
  ]);
  t.equal(readFileSync(join(project, 'own', 'locked'), 'utf8'), 'of before');
  t.equal(modeOf(join(project, 'own', 'ours')), 0o666, 'another owner, whom a user cannot keep, but the same mode');
  t.strictSame(leftIn(join(project, 'own')), []);
});

t.test('folders', async (t) => {
  const folder = t.testdir({ file: '', there: {} });
  const at = (...parts: string[]) => join(folder, ...parts);
  await Promise.all([1, 2, 3].map(() => makeFolder(at('a', 'b', 'c'))));
  t.ok(statSync(at('a', 'b', 'c')).isDirectory(), 'by several at once');
  await makeFolder(at('there'));
  symlinkSync('there', at('link'));
  await makeFolder(at('link', 'inside'));
  t.ok(statSync(at('there', 'inside')).isDirectory());
  await t.rejects(makeFolder(at('file')), { code: 'ERR_DATA_FILE', message: /Expected a folder but .*file is none/ });
  await t.rejects(makeFolder(at('file', 'x')), { code: 'ENOTDIR' });
  symlinkSync('nowhere', at('dangling'));
  await t.rejects(makeFolder(at('dangling')), { code: 'ERR_DATA_FILE', message: /link that leads nowhere/ });
  symlinkSync('loop', at('loop'));
  await t.rejects(makeFolder(at('loop', 'x')), { code: 'ELOOP' });
  await t.rejects(makeFolder(at('n'.repeat(300))), { code: 'ENAMETOOLONG' });
});

t.test('folders that take none', { skip: !existsSync('/proc/self') && 'there is no /proc' }, async (t) => {
  // In a process of its own: Node's recursive mkdir would not return.
  const script = `import { generateDcResistivity } from 'gnvpro/problems';
    await generateDcResistivity({ cache: '/proc/none/at/all' }).catch(({ message }) => console.log(message));`;
  const { output, status } = await runScript(projectFolder(), 'folders.mjs', script);
  t.equal(status, 0, output);
  t.match(output, isRoot ? /^\/proc takes no new folders: ENOENT/ : /^(EACCES|\/proc takes)/);
});

t.test('several files get their names together', async (t) => {
  const folder = t.testdir({ taken: {} });
  const at = (name: string) => join(folder, name);
  await writeTogether([
    { path: at('a'), content: 'one' },
    { path: at('b'), content: [Buffer.from('tw'), Buffer.from('o')] },
  ]);
  t.strictSame([readFileSync(at('a'), 'utf8'), readFileSync(at('b'), 'utf8')], ['one', 'two']);
  function* broken() {
    yield Buffer.from('begun');
    throw new Error('on purpose');
  }
  const files = [
    { path: at('a'), content: 'new' },
    { path: at('b'), content: broken() },
    { path: at('c'), content: 'never' },
  ];
  await t.rejects(writeTogether(files), { message: 'on purpose' });
  t.strictSame([readFileSync(at('a'), 'utf8'), readFileSync(at('b'), 'utf8')], ['new', 'two']);
  t.strictSame(readdirSync(folder), ['a', 'b', 'taken']);
  await t.rejects(checkWritable(at('taken')), { code: 'EISDIR' });
  await t.rejects(Model.load(at('taken')), { code: 'EISDIR' });
});
