/** @file The packed package on a machine without compiler, Python, OpenBLAS and network. Packages of npm come from its registry. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { root } from '../support/scripts.js';

const { bareMachine, canHide, check, pack, readmeExample } = await import(
  pathToFileURL(join(root, 'scripts/bare.mjs')).href
);
const machine = bareMachine();
t.teardown(() => machine.dispose());
const tarball: string = pack(t.testdir());
const installed = machine.install(tarball);
const offline = /E(NOTFOUND|AI_AGAIN|CONNREFUSED|TIMEDOUT)|ENOTCACHED/.test(installed.stderr) && 'no registry of npm';
const folder = join(machine.project, 'node_modules/gnvpro');
const addon = join(folder, `prebuilds/${process.platform}-${process.arch}/node.napi.glibc.node`);

t.test('installs without a script', { skip: offline }, async (t) => {
  check(installed);
  t.ok(statSync(tarball).size < 15e6, `${statSync(tarball).size} bytes`);
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) t.notOk(scripts?.[name], name);
  t.notOk(existsSync(join(folder, 'build')), 'nothing is built');
});

t.test('asks for what Node itself asks for', { skip: offline }, async (t) => {
  const needed = execFileSync('objdump', ['-p', addon], { encoding: 'utf8' }).matchAll(/NEEDED +(\S+)/g);
  const libraries = [...needed].map(([, name]) => name).filter((name) => !/^ld-linux/.test(name));
  t.strictSame(libraries.sort(), ['libc.so.6', 'libgcc_s.so.1', 'libm.so.6']);
});

t.test('the example of the README trains, without network', { skip: offline }, async (t) => {
  if (!canHide) t.comment('OpenBLAS and network cannot be hidden here');
  const { stdout } = check(machine.node(readmeExample(machine.project), { network: !canHide }));
  const [, wave, product] = stdout.match(/\[ (\S+), (\S+) \] exact:/) ?? [];
  t.ok(Math.hypot(Number(wave) - Math.sin(0.7), Number(product) + 0.06) < 0.01, stdout);
  t.match(stdout, /"blas":"OpenBLAS .*DYNAMIC_ARCH/);
});

t.test('OpenBLAS is out of sight', { skip: offline || (!canHide && 'no namespaces') }, async (t) => {
  const shared = join(root, 'build/Release/gnvpro.node');
  const { status, stderr } = machine.node(`process.dlopen({ exports: {} }, ${JSON.stringify(shared)});`);
  t.notOk(status === 0, 'what shares the library of the system does not load');
  t.match(stderr, /libopenblas/);
});

t.test('the program runs', { skip: offline }, async (t) => {
  t.match(check(machine.gnvpro('info')).stdout, /"blas":"OpenBLAS/);
});

t.test('links inside the package lead somewhere', { skip: offline }, async (t) => {
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  t.ok(pages.includes('README.md') && pages.includes('docs/README.md'));
  for (const page of pages) {
    const text = readFileSync(join(folder, page), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)) {
      t.ok(existsSync(join(folder, dirname(page), target)), `${page} → ${target}`);
    }
  }
});

t.test(
  'where no addon fits: prerequisites, then one command, which says what is missing',
  { skip: offline },
  async (t) => {
    const bytes = readFileSync(addon);
    const load = `import { info } from 'gnvpro'; try { info(); } catch (error) { console.log(error.code, error.message); }`;
    const cure = /To build it .*, install .*, then run: npx gnvpro build\./;
    writeFileSync(addon, Buffer.from(bytes.toString('latin1').replaceAll('GLIBC_2.34', 'GLIBC_2.94'), 'latin1'));
    const newer = check(machine.node(load)).stdout;
    t.match(newer, /^ERR_ADDON_MISSING The native addon of gnvpro needs glibc 2\.94 or newer/);
    t.match(newer, cure);
    rmSync(addon);
    const none = check(machine.node(load)).stdout;
    t.match(none, /^ERR_ADDON_MISSING gnvpro brings no native addon for /);
    t.match(none, cure);
    const { status, stderr } = machine.gnvpro('build');
    t.equal(status, 1);
    t.match(stderr, /^Error: Missing on this system: compiler, make, cmake.* Install them with one of:\n {2}\S+/);
    writeFileSync(addon, bytes);
  },
);
