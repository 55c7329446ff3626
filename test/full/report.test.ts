/** @file Report pages in a browser: light and dark, on a telephone and on paper, without network and complaints. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PNG } from 'pngjs';
import t, { type Test } from 'tap';
import { renderReport } from '../../lib/page/render.js';
import { Browser, findBrowser, type Page, type View } from '../support/browser.js';
import { calibration, fullDocument } from '../support/reportDocument.js';

const program = findBrowser();
if (program === null) throw new Error('Expected Chromium on the PATH; npm run test:full installs it.');
const browser = new Browser(program);
t.teardown(() => browser[Symbol.asyncDispose]());

const folder = t.testdir();
function write(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return pathToFileURL(join(folder, name)).href;
}

const long = 'a_name_without_any_place_to_break_it_that_is_longer_than_a_telephone_is_wide';
const url = write('report.html', renderReport(fullDocument()));
const unwieldy = write(
  'unwieldy.html',
  renderReport(
    fullDocument({
      title: long,
      summary: [long],
      facts: [{ label: long, value: long }],
      options: { [long]: long },
      traces: fullDocument().traces.map((trace) => ({ ...trace, method: `${long} ${trace.method}` })),
      timings: fullDocument().timings.map((timing) => ({ ...timing, method: `${long} ${timing.method}` })),
      outputs: {
        title: long,
        columns: Array(4).fill(long),
        each: Array.from({ length: 9 }, (_, j) => ({
          name: `${long} ${j}`,
          unit: long,
          errors: Array(4).fill(long),
          points: [[0, j]],
        })),
        notes: [long],
      },
      table: { columns: Array(12).fill(long), rows: [Array(12).fill(long)], notes: [long] },
      confusion: { classes: Array(30).fill(long), counts: Array(30).fill(Array(30).fill(123456)) },
      calibration: calibration({ of: long, notes: [long] }),
      missing: [long],
    }),
  ),
);

/** What people would see missing: sections, pictures and plots without extent, text out of the page. */
const survey = `(() => {
  const box = (node) => { const { width, height, right } = node.getBoundingClientRect(); return { width, height, right }; };
  const style = getComputedStyle(document.body);
  return {
    sections: [...document.querySelectorAll('section > h2')].map((node) => node.textContent),
    plots: [...document.querySelectorAll('figure > svg')].filter((node) => node.checkVisibility()).map(box),
    panels: [...document.querySelectorAll('.panel')].filter((node) => node.checkVisibility()).map((node) => node.id),
    tables: [...document.querySelectorAll('.data')].map(({ scrollWidth, parentElement }) => ({ width: scrollWidth, room: parentElement.clientWidth })),
    images: [...document.querySelectorAll('img')].map((node) => ({ ...box(node), loaded: node.complete && node.naturalWidth > 0 })),
    bars: [...document.querySelectorAll('.bar span')].map(box),
    cells: [...document.querySelectorAll('td')].map(box).filter(({ width, height }) => width > 0 && height > 0).length,
    captions: [...document.querySelectorAll('figcaption')].map((node) => getComputedStyle(node, '::before').content),
    scrollWidth: document.documentElement.scrollWidth,
    width: document.documentElement.clientWidth,
    page: style.backgroundColor,
    ink: style.color,
    series: [1, 2, 3, 4, 5, 6].map((k) => style.getPropertyValue('--series-' + k).trim()),
    soft: style.getPropertyValue('--soft').trim(),
  };
})()`;

interface Extent {
  readonly width: number;
  readonly height: number;
  readonly right: number;
}

interface Survey {
  readonly sections: string[];
  readonly plots: Extent[];
  readonly panels: string[];
  readonly tables: { width: number; room: number }[];
  readonly images: (Extent & { loaded: boolean })[];
  readonly bars: Extent[];
  readonly cells: number;
  readonly captions: string[];
  readonly scrollWidth: number;
  readonly width: number;
  readonly page: string;
  readonly ink: string;
  readonly series: string[];
  readonly soft: string;
}

async function look(t: Test, address: string, view: View): Promise<{ page: Page; seen: Survey }> {
  const page = await browser.open(address, view);
  const seen = await page.evaluate<Survey>(survey);
  t.strictSame(page.complaints, [], 'the console is quiet');
  t.strictSame(
    page.requests.filter((request) => !request.startsWith('data:')),
    [address],
    'nothing but the page is asked for',
  );
  t.equal(seen.sections.length, 14);
  t.equal(seen.plots.length, 3 + 2 + 2 + 2 + 2, 'against work units alone, of one output');
  t.strictSame(seen.panels, ['output-0']);
  t.equal(
    seen.images.filter(({ loaded, width, height }) => loaded && width > 20 && height > 5).length,
    3 + 3 + 3 + 4,
    'maps, and samples and filters',
  );
  t.ok(seen.plots.every(({ width, height }) => width > 200 && height > 100));
  t.ok(seen.bars.every(({ width, height }) => width > 1 && height > 10));
  t.ok(seen.cells > 20);
  t.match(seen.captions[0], /Figure/);
  t.ok(seen.scrollWidth <= seen.width, `${seen.scrollWidth} is not wider than ${seen.width}`);
  t.ok(
    [...seen.plots, ...seen.images].every(({ right }) => right <= seen.width),
    'nothing sticks out',
  );
  return { page, seen };
}

/** WCAG 2: contrast of two colours, from 1 to 21. */
function contrast(a: string, b: string): number {
  const [bright, dim] = [a, b].map(luminance).sort((x, y) => y - x);
  return (bright + 0.05) / (dim + 0.05);
}

function luminance(colour: string): number {
  const parts = colour.startsWith('#')
    ? [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16))
    : (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const [r, g, b] = parts.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

for (const colours of ['light', 'dark'] as const) {
  t.test(`${colours}: all of it, with enough contrast`, async (t) => {
    const { page, seen } = await look(t, url, { width: 1200, colours });
    t.equal(luminance(seen.page) > 0.5, colours === 'light');
    t.ok(contrast(seen.page, seen.ink) > 12);
    t.ok(contrast(seen.page, seen.soft) > 4.5);
    for (const colour of seen.series) t.ok(contrast(seen.page, colour) > 3, `${colour} on ${seen.page}`);
    const picture = PNG.sync.read(await page.screenshot());
    const found = new Set<number>();
    for (let i = 0; i < picture.data.length; i += 4) found.add(picture.data.readUInt32BE(i));
    t.ok(picture.height > 2000 && found.size > 200, 'it is painted');
    const [background] = [picture.data.readUInt8(0)];
    t.equal(background > 128, colours === 'light');
  });
}

t.test('on a telephone: nothing is wider than it, nor a table', async (t) => {
  const { seen } = await look(t, url, { width: 390, height: 800 });
  t.ok(
    seen.plots.every(({ width }) => width > 300),
    'plots use the width',
  );
  t.equal(seen.tables.length, 5);
  for (const { width, room } of seen.tables) t.ok(width <= room, `${width} of ${room}`);
});

t.test('on a telephone: long names break, and what is wide scrolls by itself', async (t) => {
  const { seen } = await look(t, unwieldy, { width: 390, height: 800 });
  for (const { width, room } of seen.tables) t.ok(width <= room, `${width} of ${room}`);
});

t.test('what is chosen is shown, without a script: an output, and what the convergence is drawn against', async (t) => {
  const { page } = await look(t, url, { width: 1200 });
  const visible = (selector: string) =>
    page.evaluate<string[]>(
      `[...document.querySelectorAll('${selector}')].filter((node) => node.checkVisibility()).map((node) => node.id || node.className)`,
    );
  await page.evaluate(`document.querySelectorAll('tbody a')[3].click()`);
  t.strictSame(await visible('.panel'), ['output-3']);
  t.strictSame(await visible('.figures[class*=by-]'), ['figures by-workUnits']);
  await page.evaluate(`document.querySelector('.in-seconds').click()`);
  t.strictSame(await visible('.figures[class*=by-]'), ['figures by-seconds']);
});

t.test('on paper it is light, whatever the screen is', async (t) => {
  const { seen } = await look(t, url, { width: 800, colours: 'dark', media: 'print' });
  t.ok(luminance(seen.page) > 0.9 || seen.page === 'rgba(0, 0, 0, 0)', seen.page);
  t.ok(luminance(seen.ink) < 0.1, seen.ink);
  const page = await browser.open(url, { width: 1200, colours: 'dark' });
  const pdf = (await page.pdf()).toString('latin1');
  t.match(pdf, /^%PDF/);
  const pages = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  t.ok(pages >= 3 && pages <= 10, `${pages} pages`);
});
