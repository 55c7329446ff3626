/** @file docs/errors.md against the sources: every code is described, and nothing else is. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';

const root = fileURLToPath(new URL('../../', import.meta.url));

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesOf(join(path, name)));
}

function codesIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, code]) => code);
}

const sources = ['lib', 'native']
  .flatMap((folder) => filesOf(join(root, folder)))
  .filter((file) => /\.(ts|cc|h)$/.test(file));
/** Codes of Node's own that the sources look for. */
const ofNode = ['ERR_MODULE_NOT_FOUND'];
const used = new Set(
  sources
    .flatMap((file) => codesIn(readFileSync(file, 'utf8'), /\b(ERR_[A-Z_]+)/g))
    .filter((code) => !ofNode.includes(code)),
);
const text = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const described = codesIn(text, /^### (ERR_[A-Z_]+)$/gm);

t.test('every code has its section, once', async (t) => {
  t.ok(used.size > 10, `${used.size} codes in ${sources.length} files`);
  t.strictSame([...described].sort(), [...used].sort());
});

t.test('every section tells meaning, cause and cure', async (t) => {
  for (const section of text.split(/^### /m).slice(1)) {
    const [code] = section.split('\n');
    for (const part of ['Meaning', 'Cause', 'Cure'])
      t.match(section, new RegExp(`^- ${part}: \\S`, 'm'), `${code}: ${part}`);
  }
});

t.test('codes in the other pages exist', async (t) => {
  for (const name of readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))) {
    for (const code of codesIn(readFileSync(join(root, 'docs', name), 'utf8'), /\b(ERR_[A-Z_]+)/g)) {
      if (!/^ERR_DLOPEN/.test(code)) t.ok(used.has(code), `${code} in ${name}`);
    }
  }
});
