/** @file Every block of JavaScript in docs/ is run as a module of a project that has the built package installed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { projectFolder, root, runScript } from '../support/scripts.js';

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, 'docs', page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    page,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1],
    code: match[2],
  }));
}

const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
const blocks = pages.flatMap(blocksOf);
const folder = projectFolder();

t.test('the package is built', async (t) => {
  t.ok(existsSync(join(root, 'dist/index.js')), 'dist/ exists: npm test builds it, as does npm run build:ts');
});

t.test('the guide has blocks, all of a kind that is run', async (t) => {
  const guide = blocks.filter(({ page }) => page === 'guide.md');
  t.ok(guide.filter(({ language }) => language === 'js').length >= 10);
  t.strictSame([...new Set(guide.map(({ language }) => language))].sort(), ['js', 'sh']);
});

t.jobs = 2;
for (const block of blocks.filter(({ language }) => language === 'js')) {
  t.test(`${block.page}, line ${block.line}`, { buffered: true }, async (t) => {
    const { status, output } = await runScript(
      folder,
      `${block.page.replace('.md', '')}-${block.line}.mjs`,
      block.code,
    );
    t.equal(status, 0, output.slice(-2000) || 'it ends');
    t.comment(output.slice(0, 400));
  });
}

t.test('links between the pages lead somewhere', async (t) => {
  for (const page of pages) {
    const text = readFileSync(join(root, 'docs', page), 'utf8');
    for (const [, target, anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)) {
      if (target === 'performance.md') continue;
      const file = target === '' ? join(root, 'docs', page) : join(root, 'docs', target);
      t.ok(existsSync(file), `${page} → ${target}`);
      if (anchor !== '' && existsSync(file)) t.ok(anchorsOf(file).includes(anchor), `${page} → ${target}#${anchor}`);
    }
  }
});

/** As code hosts make them from headings. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}
