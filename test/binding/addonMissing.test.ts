/** @file What is told where no addon can be loaded: what is wrong here, what to install, and one command. */
import t from 'tap';
import { addonMissing, thisSystem } from '../../lib/addonMissing.js';

const linux = { platform: 'linux', arch: 'x64', node: 'v20.19.0', glibc: '2.31' };
const cases = [
  {
    name: 'an old glibc',
    message:
      "/lib/libc.so.6: version `GLIBC_2.9' not found (required by a)\nversion `GLIBC_2.34' not found (required by a)",
    system: linux,
    reason: 'needs glibc 2.34 or newer, and this is linux-x64 with glibc 2.31 and Node v20.19.0.',
  },
  {
    name: 'musl',
    message: 'No native build was found for platform=linux arch=x64 libc=musl',
    system: { ...linux, glibc: null },
    reason: 'gnvpro brings no native addon for linux-x64 with musl and Node v20.19.0.',
  },
  {
    name: 'another system',
    message: 'No native build was found for platform=freebsd',
    system: { ...linux, platform: 'freebsd', glibc: null },
    reason: 'gnvpro brings no native addon for freebsd-x64 and Node v20.19.0.',
  },
  {
    name: 'an OpenBLAS that went away',
    message: 'libopenblas.so.0: cannot open shared object file: No such file or directory',
    system: linux,
    reason: 'built with the OpenBLAS of the system, which is not there any more.',
  },
  {
    name: 'anything else',
    message: 'file too short',
    system: linux,
    reason: 'cannot be loaded on linux-x64 with glibc 2.31',
  },
];

for (const { name, message, system, reason } of cases) {
  t.test(name, async (t) => {
    const told = addonMissing(message, system);
    t.ok(told.includes(reason), told);
    t.match(told, /install a C\+\+20 compiler.* then run: npx gnvpro build\./, 'what it needs comes first');
    t.ok(told.endsWith(`(${message})`), 'the words of the loader');
  });
}

t.test('knows its own system', async (t) => {
  const { platform, glibc } = thisSystem();
  t.equal(platform, process.platform);
  if (process.platform === 'linux') t.match(glibc ?? '2.17', /^2\.\d+$/);
});
