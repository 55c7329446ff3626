/**
 * The packages as they are published: the main one without an addon, and one for each file in prebuilds/ beside it, which
 * npm chooses by os, cpu and libc. `npm run packages -- [folder] [--expect 7]`, packages/ by
 * default; `--expect` is how many platforms a release must have. The optional dependencies on them
 * are written here, as `npm ci` refuses names that are not published yet.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { listPacked, pack } from './bare.mjs';
import { root } from './setup.mjs';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Writes folders and tarballs; the paths of the tarballs, the main one last, as it asks for the others. */
export function makePackages(folder) {
  const code = readFileSync(join(root, 'lib/version.ts'), 'utf8');
  if (!code.includes(`'${manifest.version}'`)) throw new Error(`lib/version.ts is not of version ${manifest.version}.`);
  rmSync(folder, { recursive: true, force: true });
  const platforms = readdirSync(join(root, 'prebuilds')).flatMap((tuple) =>
    readdirSync(join(root, 'prebuilds', tuple)).map((file) => platformPackage(tuple, file)),
  );
  if (platforms.length === 0) throw new Error('prebuilds/ has no addon: npm run prebuild makes one.');
  const packages = [...platforms, mainPackage(platforms)];
  return packages.map(({ manifest, files }) => {
    const place = join(folder, manifest.name);
    for (const file of files) copy(join(root, file), join(place, file));
    writeFileSync(join(place, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    if (!files.includes('README.md')) writeFileSync(join(place, 'README.md'), `${manifest.description}.\n`);
    return pack(folder, place);
  });
}

/** linux-x64 and node.napi.musl.node make gnvpro-linuxmusl-x64. */
function platformPackage(tuple, file) {
  const [os, cpu] = tuple.split('-');
  const libc = /\.(glibc|musl)\./.exec(file)?.[1];
  const system = `${os}${libc === 'musl' ? 'musl' : ''}-${cpu}`;
  const { version, license, engines } = manifest;
  return {
    manifest: {
      name: `${manifest.name}-${system}`,
      version,
      description: `The native addon of ${manifest.name} for ${system}; install ${manifest.name} itself`,
      license,
      engines,
      os: [os],
      cpu: [cpu],
      ...(libc === undefined ? {} : { libc: [libc] }),
      files: ['prebuilds', 'THIRD_PARTY_NOTICES.md'],
    },
    files: [`prebuilds/${tuple}/${file}`, 'LICENSE', 'THIRD_PARTY_NOTICES.md'],
  };
}

function mainPackage(platforms) {
  const { scripts, devDependencies, ...published } = manifest;
  const own = Object.fromEntries(platforms.map(({ manifest: { name, version } }) => [name, version]));
  const files = listPacked(root).filter((file) => !file.startsWith('prebuilds/') && file !== 'package.json');
  return {
    manifest: { ...published, optionalDependencies: { ...published.optionalDependencies, ...own } },
    files,
  };
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ options: { expect: { type: 'string' } }, allowPositionals: true });
  const tarballs = makePackages(resolve(positionals[0] ?? join(root, 'packages')));
  const platforms = tarballs.length - 1;
  if (values.expect !== undefined && Number(values.expect) !== platforms) {
    throw new Error(`Expected ${values.expect} platforms but found ${platforms} in prebuilds/.`);
  }
  console.log(tarballs.join('\n'));
}
