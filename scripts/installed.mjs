/**
 * The package as its users get it: `npm run installed -- [names]`. Packs it, installs it on bare machines (scripts/bare.mjs)
 * and runs the README's example there: on other versions of Node, with the addon in a package of its own, on an emulated
 * old processor, and in bundles of webpack. Without arguments all of them. Brings what it needs from npm and apt.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareMachine, check, pack, readmeExample } from './bare.mjs';
import { makePackages } from './packages.mjs';
import { ensureSystemPackages } from './system-packages.mjs';

const folder = mkdtempSync(join(tmpdir(), 'gnvpro-installed-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const cases = {
  'node-22': () => otherNode(22),
  'node-24': () => otherNode(24),
  'platform-package': () => train({ tarballs: makePackages(join(folder, 'packages')), expected: /"blas":"OpenBLAS/ }),
  nehalem() {
    ensureSystemPackages(['QEMU']);
    // The elementwise functions have no kernel between SSE2 and SSSE3's successors there.
    train({ under: ['/usr/bin/qemu-x86_64', '-cpu', 'Nehalem'], expected: /"core":"Nehalem".*"simd":"S?SSE/ });
  },
  build,
  webpack,
};

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(cases);
for (const name of chosen) {
  if (!(name in cases)) throw new Error(`Expected ${Object.keys(cases).join(', ')} but received ${name}.`);
}
const tarball = pack(folder);
for (const name of chosen) {
  const start = performance.now();
  cases[name]();
  console.log(`${name}: passed in ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
console.log(`${chosen.length} passed, 0 failed`);

/** Whether the README's example came to its prediction. */
function hasTrained(stdout) {
  return /0\.64\d+,.*exact: 0\.6442/s.test(stdout);
}

/** The README's example, with `expected` in what it prints about the addon. */
function train({ tarballs = [tarball], node = process.execPath, under, expected }) {
  const machine = bareMachine(node);
  try {
    check(machine.install(...tarballs));
    const { stdout } = check(machine.node(readmeExample(machine.project), { under, network: false }));
    if (!hasTrained(stdout) || !expected.test(stdout)) throw new Error(`Expected ${expected} in:\n${stdout}`);
    console.log(stdout.trim().split('\n').at(-1));
  } finally {
    machine.dispose();
  }
}

function otherNode(version) {
  const node = join(tools(`node@${version}`), 'node/bin/node');
  train({ node, expected: new RegExp(`"node":"v${version}\\.`) });
}

/** Packages of npm, in the node_modules that is returned. */
function tools(...names) {
  const place = mkdtempSync(join(folder, 'tools-'));
  writeFileSync(join(place, 'package.json'), '{ "private": true }');
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--silent', ...names], { cwd: place, stdio: 'inherit' });
  return join(place, 'node_modules');
}

/** `gnvpro build` where no addon fits, on a machine that has what it takes: the sources in the package are whole. */
function build() {
  const machine = bareMachine();
  try {
    check(machine.install(tarball));
    const own = join(machine.project, 'node_modules/gnvpro');
    rmSync(join(own, 'prebuilds'), { recursive: true });
    const run = (...args) =>
      execFileSync(process.execPath, args, {
        cwd: machine.project,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    console.log(run(join(own, 'dist/cli/main.js'), 'build').trim());
    writeFileSync(join(machine.project, 'example.mjs'), readmeExample(machine.project));
    if (!hasTrained(run('example.mjs'))) throw new Error('The addon that was built does not train.');
  } finally {
    machine.dispose();
  }
}

/** The bundle runs away from where it was made: taken in, the package says what to do; external, it trains. */
function webpack() {
  const machine = bareMachine();
  try {
    check(machine.install(tarball));
    const cli = join(tools('webpack', 'webpack-cli'), 'webpack/bin/webpack.js');
    writeFileSync(join(machine.project, 'entry.mjs'), readmeExample(machine.project));
    const modules = join(machine.project, 'node_modules');
    for (const external of [false, true]) {
      const output = join(external ? machine.project : folder, 'bundle.cjs');
      const config = {
        mode: 'production',
        target: 'node',
        context: machine.project,
        entry: './entry.mjs',
        output: { path: join(output, '..'), filename: 'bundle.cjs' },
        externals: external ? { gnvpro: 'node-commonjs gnvpro' } : {},
      };
      writeFileSync(join(folder, 'webpack.config.cjs'), `module.exports = ${JSON.stringify(config)};`);
      execFileSync(process.execPath, [cli, '--config', join(folder, 'webpack.config.cjs')], { stdio: 'inherit' });
      if (!external) renameSync(modules, `${modules}.away`);
      const ended = machine.run(process.execPath, [output]);
      const right = external ? hasTrained(ended.stdout) : /ERR_ADDON_MISSING.*externals/s.test(ended.stderr);
      if (!right) throw new Error(`webpack, external ${external}:\n${ended.stdout}\n${ended.stderr}`);
      if (!external) renameSync(`${modules}.away`, modules);
    }
  } finally {
    machine.dispose();
  }
}
