/** @file Report pages as text: their structure, what they draw, and that nothing in a document becomes code. */
import { parseHTML } from 'linkedom';
import { PNG } from 'pngjs';
import t from 'tap';
import { coverageOf } from '../../lib/metrics/coverage.js';
import { histogramOf } from '../../lib/metrics/histogram.js';
import { reliabilityOf } from '../../lib/metrics/reliability.js';
import type { Calibration, ReportDocument, TracePoint } from '../../lib/page/document.js';
import { renderReport } from '../../lib/page/render.js';
import { calibration, fullDocument, trace } from '../support/reportDocument.js';

interface Node {
  readonly textContent: string;
  readonly tagName: string;
  readonly outerHTML: string;
  querySelector(selector: string): Node | null;
  querySelectorAll(selector: string): Iterable<Node>;
  getAttribute(name: string): string | null;
}

const parse = (page: string) => parseHTML(page).document as unknown as Node;
const render = (changes: Partial<ReportDocument> = {}) => parse(renderReport(fullDocument(changes)));
const all = (node: Node, selector: string) => [...node.querySelectorAll(selector)];
const texts = (node: Node, selector: string) => all(node, selector).map(({ textContent }) => textContent);

function sectionOf(page: Node, title: string): Node {
  const found = all(page, 'section').find((section) => section.querySelector('h2')?.textContent === title);
  if (found === undefined) throw new Error(`There is no section ${title}.`);
  return found;
}

const nothing: Partial<ReportDocument> = {
  summary: [],
  traces: [],
  timings: [],
  table: null,
  choice: null,
  outputs: null,
  calibration: null,
  fields: [],
  confusion: null,
  reliability: null,
  map: null,
  images: null,
  kernels: null,
  missing: [],
};

t.test('all parts, in order, and what they say', async (t) => {
  const page = render();
  t.equal(page.querySelector('h1')?.textContent, 'Two methods on a made-up problem');
  t.equal(page.querySelector('title')?.textContent, 'Two methods on a made-up problem');
  t.strictSame(texts(page, 'header p'), ['The first paragraph.', 'The second paragraph.']);
  t.strictSame(texts(page, 'h2'), [
    'The choice of the method',
    'Results',
    'Convergence',
    'Predicted against true',
    'Whether the error bars are true',
    'Outputs of single samples',
    'Map of the classes',
    'Images: 4 test samples',
    'Confusion matrix',
    'Whether the probabilities are true',
    'Filters of the first convolution, conv2d(2)',
    'Where the time went',
    'What is not shown',
    'How it was made',
  ]);
  t.strictSame(texts(page, 'dd'), ['one that was made up', '2']);
  t.strictSame(JSON.parse(page.querySelector('details pre')?.textContent as string), fullDocument().options);
  t.match(sectionOf(page, 'What is not shown').textContent, /Something could not be shown/);
});

t.test('it needs nothing beside itself, and is the same every time', async (t) => {
  const text = renderReport(fullDocument());
  const page = parse(text);
  t.equal(text, renderReport(fullDocument()));
  t.strictSame(texts(page, 'script, link, iframe, object'), []);
  t.match(text, /default-src 'none'; style-src 'unsafe-inline'; img-src data:/);
  for (const img of all(page, 'img')) t.match(img.getAttribute('src'), /^data:image\/png;base64,/);
  t.notMatch(text.replaceAll('http://www.w3.org/', ''), /https?:|@import|url\(/);
});

t.test('for those who do not see it: names of pictures, headings of tables', async (t) => {
  const page = render();
  for (const svg of all(page, 'svg')) {
    const named = svg.getAttribute('role') === 'img' && (svg.getAttribute('aria-label') ?? '') !== '';
    t.ok(named || svg.getAttribute('aria-hidden') === 'true');
  }
  for (const img of all(page, 'img')) t.not(img.getAttribute('alt') ?? '', '');
  for (const th of all(page, 'th')) t.match(th.getAttribute('scope'), /^(row|col)$/);
  t.equal(all(page, 'figure').length, all(page, 'figcaption').length);
});

t.test('nothing in a document becomes markup', async (t) => {
  const evil = `</style></title></pre><script>alert(1)</script><img src=x onerror="alert(1)">"'&`;
  const poisoned = <T>(value: T): T => {
    if (typeof value === 'string') return evil as T;
    if (Array.isArray(value)) return value.map(poisoned) as T;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, poisoned(inner)])) as T;
  };
  const document = poisoned(fullDocument({ options: { [evil]: evil } }));
  const text = renderReport(document);
  const page = parse(text);
  t.strictSame(texts(page, 'script'), []);
  t.strictSame(all(page, '[onerror]'), []);
  t.notMatch(text, /<script|<img src=x/);
  t.equal(page.querySelector('h1')?.textContent, evil);
  t.equal(sectionOf(page, evil).querySelector('h2')?.textContent, evil);
  t.strictSame(texts(page, '.confusion tbody th'), [evil, evil, evil]);
  t.equal(JSON.parse(page.querySelector('pre')?.textContent as string)[evil], evil);
});

t.test('a document without parts', async (t) => {
  const page = render(nothing);
  t.strictSame(texts(page, 'h2'), ['How it was made']);
  t.strictSame(all(page, 'svg, img, table'), []);
});

t.test('convergence: six figures with validation, four without, a legend entry a method', async (t) => {
  const section = sectionOf(render(), 'Convergence');
  t.equal(all(section, 'figure > svg').length, 6);
  t.strictSame(texts(section, '.legend li'), ['GNvpro, 3 seeds', 'L-BFGS']);
  t.match(section.textContent, /Thin lines are single runs/);
  const search = sectionOf(render({ traces: [trace('GNvpro', 0), trace('GNvpro', 0)] }), 'Convergence');
  t.strictSame(texts(search, '.legend li'), ['GNvpro, 2 runs']);
  const blind = trace('GNvpro', 0);
  const points = blind.points.map((point) => ({ ...point, validation: null }));
  const other = sectionOf(render({ traces: [{ ...blind, points }] }), 'Convergence');
  t.equal(all(other, 'figure > svg').length, 4);
  t.notMatch(other.textContent, /mean relative error/);
});

t.test('convergence: one line a seed and one for their median; rejected steps of a single one', async (t) => {
  const [objective] = all(sectionOf(render(), 'Convergence'), 'figure > svg');
  t.equal(all(objective, '[aria-label=line] path').length, 3 + 1 + 1);
  const [single] = all(sectionOf(render({ traces: [trace('GNvpro', 0)] }), 'Convergence'), 'figure > svg');
  t.equal(all(single, '[aria-label=line] path').length, 1);
  const crosses = all(single, '[aria-label=dot]').find((dots) => dots.getAttribute('stroke-width') === '1.25');
  t.equal(all(crosses as Node, 'path').length, 6, 'iterations 4, 9, … 29');
  t.match(single.getAttribute('aria-label'), /GNvpro ends at 0\.00248/);
});

t.test('convergence: what has no place on an axis', async (t) => {
  const of = (change: (point: TracePoint, k: number) => Partial<TracePoint>, count = 31) => {
    const { points, ...rest } = trace('GNvpro', 0);
    const changed = points.slice(0, count).map((point, k) => ({ ...point, ...change(point, k) }));
    return sectionOf(render({ traces: [{ ...rest, points: changed }] }), 'Convergence');
  };
  const clean = (section: Node, name: string) =>
    t.notMatch(section.outerHTML, /NaN|Infinity|undefined/, `${name}: no number that is none`);
  const drawn = (section: Node) => all(section, 'figure > svg').length;
  const cases = {
    'one point': of(() => ({}), 1),
    'all rejected': of((_, k) => ({
      accepted: k === 0,
      objective: 1,
      gradientNorm: 1,
      validation: k === 0 ? 1 : null,
    })),
    'some NaN': of((_, k) => (k % 2 === 1 ? { objective: Number.NaN, gradientNorm: Number.POSITIVE_INFINITY } : {})),
    'below 0': of((_, k) => ({ objective: -k })),
    'gradient 0': of((_, k) => (k === 30 ? { gradientNorm: 0 } : {})),
    'no time': of(() => ({ seconds: 0 })),
  };
  for (const [name, section] of Object.entries(cases)) clean(section, name);
  for (const name of ['one point', 'all rejected', 'some NaN', 'below 0', 'gradient 0'] as const)
    t.equal(drawn(cases[name]), 6, name);
  t.equal(drawn(cases['no time']), 3);
  const none = of(() => ({ objective: Number.NaN }));
  t.equal(drawn(none), 4);
  t.equal(texts(none, '.empty').length, 2);
});

t.test('twenty methods have twenty different lines', async (t) => {
  const traces = Array.from({ length: 20 }, (_, k) => trace(`method ${k}`, 0));
  const section = sectionOf(render({ traces }), 'Convergence');
  const samples = all(section, '.legend svg').map(({ outerHTML }) => outerHTML);
  t.equal(new Set(samples).size, 20);
});

type Points = readonly (readonly [number, number])[];

/** The section of a single output. */
function panelOf(points: Points, unit = ''): Node {
  const each = [{ name: 'P', unit, errors: ['1'], points }];
  return sectionOf(render({ outputs: { title: 'P', columns: ['RMSE'], each, notes: [] } }), 'P');
}

t.test('an output: a dot for each finite pair, bars that hold all of them', async (t) => {
  const points = Array.from({ length: 400 }, (_, i) => [i, i + (i === 7 ? 1000 : Math.sin(i))] as const);
  const section = panelOf([...points, [Number.NaN, 1], [1, Number.POSITIVE_INFINITY]]);
  const [scatter, histogram] = all(section, 'figure');
  t.equal(all(scatter, 'circle').length, 400);
  t.match(section.textContent, /2 of 402 values are not finite/);
  t.match(histogram.textContent, /The outermost bars hold 1 that lie beyond/);
  t.notMatch(section.outerHTML, /NaN|Infinity/);
  t.strictSame(all(section, 'table'), [], 'its errors are among the results');
  const degenerate: Points[] = [
    [[1, 1]],
    [
      [0, 0],
      [0, 0],
    ],
    [[5, 7]],
  ];
  for (const few of degenerate) {
    const one = panelOf(few, 'K');
    t.equal(all(one, 'circle').length, few.length);
    t.notMatch(one.outerHTML, /NaN|Infinity/);
    t.match(one.textContent, /true \(K\)/);
  }
  t.match(panelOf([[1, Number.NaN]]).textContent, /no finite prediction/);
});

t.test('outputs: a panel and a row each; the table is the choice where there are many', async (t) => {
  const section = sectionOf(render(), 'Predicted against true');
  t.strictSame(
    texts(section, '.choice > .panel > h3'),
    Array.from({ length: 6 }, (_, j) => `yield ${j} [mg]`),
  );
  t.strictSame(texts(section, 'tbody tr').map((row) => row.trim())[2], 'yield 2 [mg]0.210.999');
  const ids = all(section, '.panel').map((panel) => `#${panel.getAttribute('id')}`);
  t.strictSame(
    all(section, 'tbody a').map((link) => link.getAttribute('href')),
    ids,
  );
  t.match(section.textContent, /What is to be said of the outputs/);
  const { outputs } = fullDocument();
  const few = { ...outputs, each: outputs?.each.slice(0, 2) } as ReportDocument['outputs'];
  const both = sectionOf(render({ outputs: few }), 'Predicted against true');
  t.strictSame([all(both, '.all > .panel').length, all(both, 'tbody tr').length, all(both, 'a').length], [2, 2, 0]);
  const labels = { ...few, each: few?.each.map((one) => ({ ...one, points: [] })) } as ReportDocument['outputs'];
  const none = sectionOf(render({ outputs: labels }), 'Predicted against true');
  t.strictSame([all(none, '.panel').length, all(none, 'tbody tr').length], [0, 2], 'rows alone where nothing is drawn');
});

function pixelsOf(img: Node): { width: number; height: number; colours: string[] } {
  const data = (img.getAttribute('src') as string).replace('data:image/png;base64,', '');
  const { width, height, data: bytes } = PNG.sync.read(Buffer.from(data, 'base64'));
  return {
    width,
    height,
    colours: Array.from({ length: width * height }, (_, i) => bytes.toString('hex', 4 * i, 4 * i + 4)),
  };
}

t.test('error bars: one path, cut where they would press the points together', async (t) => {
  const points = [
    [0, 0.5],
    [1, 1],
    [2, 1.5],
    [3, 2],
  ] as const;
  const bars = points.map(([truth, predicted]) => [truth, predicted - 0.25, predicted + 0.25] as const);
  const sectionWith = (more: readonly (readonly [number, number, number])[]) => {
    const each = [{ name: 'P', unit: '', errors: [], points, bars: [...bars, ...more] }];
    return sectionOf(render({ outputs: { title: 'P', columns: [], each, notes: [] } }), 'P');
  };
  const upright = (section: Node) => {
    const [path] = all(section, '[aria-label=line][stroke="var(--series-2)"] path');
    return [...(path.getAttribute('d') as string).matchAll(/M([\d.]+),([\d.]+)L([\d.]+),([\d.]+)/g)].map((match) =>
      match.slice(1).map(Number),
    );
  };
  const lines = upright(sectionWith([]));
  t.equal(lines.length, 4);
  for (const [x1, y1, x2, y2] of lines) t.ok(x1 === x2 && y1 > y2, 'upright');
  t.ok(Math.abs(lines[0][1] - lines[0][3] - (lines[3][1] - lines[3][3])) < 0.02, 'of one length');
  const far = sectionWith([
    [1.5, -1e6, 1e6],
    [1, Number.NaN, 2],
  ]);
  const cut = upright(far);
  t.equal(cut.length, 5);
  const [long, short] = [cut[4], cut[0]].map(([, low, , high]) => low - high);
  t.ok(Math.abs(long / short - 12) < 0.05, 'from −1.5 to 4.5, beside 0.5');
  t.match(all(far, 'svg')[0].getAttribute('aria-label'), /and 5 error bars/);
  t.match(far.textContent, /Upright lines are predictions ± 1.96 total standard deviations/);
  t.notMatch(far.outerHTML, /NaN|Infinity|clip/);
  t.notMatch(panelOf(points).textContent, /Upright lines/);
});

t.test('whether error bars are true: residuals beside the normal density, coverage, and what is chance', async (t) => {
  const section = sectionOf(render(), 'Whether the error bars are true');
  const [residuals, coverage] = all(section, 'figure > svg');
  t.equal(all(residuals, '[aria-label=rect] rect').length, 41);
  t.match(residuals.getAttribute('aria-label'), /60 standardized residuals: mean 0\.12, deviation 1\.25/);
  t.match(section.textContent, /The outermost bars hold 1 that lie beyond/);
  t.equal(all(coverage, '[aria-label=dot] circle').length, 5);
  t.match(coverage.getAttribute('aria-label'), / % within that of 50 %, .* % within that of 99 %/);
  const { coverage: told } = calibration();
  t.strictSame(
    texts(section, 'tbody tr').map((row) => row.trim()),
    told.map(({ level, share, bound }) => {
      const by = { 0.5: '32 to 68 %', 0.8: '66 to 94 %', 0.9: '79 to 100 %', 0.95: '87 to 100 %', 0.99: '95 to 100 %' };
      return `${100 * level} %± ${Number(bound.toPrecision(3))}${(100 * share).toFixed(1)} %${by[level as keyof typeof by]}`;
    }),
    'of 30 samples: two outputs of a sample may err together',
  );
  t.match(
    section.textContent,
    /Of 30 test samples, all outputs together.*count as one.*What is to be said of the res/s,
  );
  const single = sectionOf(render({ calibration: calibration({ values: 30 }) }), 'Whether the error bars are true');
  t.notMatch(single.textContent, /all outputs together|count as one/);
});

t.test('whether error bars are true: of one residual, of none', async (t) => {
  const one = { samples: 1, values: 1, standardDeviation: Number.NaN, bars: histogramOf([0.5], 5), beyond: 0 };
  const of = (changes: Partial<Calibration>) =>
    sectionOf(render({ calibration: calibration(changes) }), 'Whether the error bars are true');
  const lonely = of({ ...one, coverage: coverageOf([0.5]), curve: coverageOf([0.5], [0.5]) });
  t.notMatch(lonely.outerHTML, /NaN|Infinity/);
  t.match(lonely.textContent, /100\.0 % of the targets/);
  const none = of({ ...one, values: 0, mean: Number.NaN, coverage: [], curve: [] });
  t.match(none.textContent, /There is no finite residual to draw.*What is to be said of the residuals/s);
  t.equal(all(none, 'figure').length, 0);
});

t.test('whether probabilities are true: a dot and a row for each bin that has samples', async (t) => {
  const section = sectionOf(render(), 'Whether the probabilities are true');
  const [curve, counts] = all(section, 'figure > svg');
  t.equal(all(curve, '[aria-label=dot] circle').length, 5);
  t.match(curve.getAttribute('aria-label'), /0 % of 1 at 40 %, 100 % of 1 at 45 %.*100 % of 3 at 97 %.*error 12\.34 %/);
  t.match(counts.getAttribute('aria-label'), /most, 3, from 93 % to 100 %/);
  t.equal(all(counts, '[aria-label=rect] rect').length, 15, 'empty bins, too');
  t.match(texts(section, 'tbody tr').at(-1), /^93\.3 to 100\.0 %397\.0 %100\.0 %78 to 100 %/);
  t.match(section.textContent, /error of 20 test samples is 12\.34 %.*What is to be said of the probabilities/s);
  const bins = reliabilityOf([0, 0], [0, 1], { sampleWeights: [1200, 0.5], bins: 1 });
  const flat = sectionOf(
    render({ reliability: { of: 'x', bins, error: 0, notes: [] } }),
    'Whether the probabilities are true',
  );
  t.match(texts(flat, 'tbody tr')[0], /^0\.0 to 100\.0 %1,200\.50\.0 %0\.0 %0 to 0 %/);
  t.notMatch(flat.outerHTML, /NaN|Infinity/);
});

t.test('fields: one scale for true and predicted, a diverging one around 0 for the difference', async (t) => {
  const field = {
    title: 'F',
    rows: 2,
    columns: 3,
    truth: [0, 1, 2, 3, 4, 10],
    predicted: [0, 1, 3, 2, 4, 10],
    unit: '',
  };
  const section = sectionOf(render({ fields: [field] }), 'Outputs of single samples');
  const [truth, predicted, difference] = all(section, 'figure').map((figure) =>
    pixelsOf(figure.querySelector('img') as Node),
  );
  t.strictSame([truth.width, truth.height], [3, 2]);
  t.equal(truth.colours[2], predicted.colours[3], '2 and 2');
  t.equal(truth.colours[3], predicted.colours[2], '3 and 3');
  t.equal(new Set(truth.colours).size, 6);
  t.equal(difference.colours[0], difference.colours[5], '0 and 0');
  t.not(difference.colours[2], difference.colours[3], '1 and −1');
  t.strictSame(texts(section, 'figure:last-child .colour-bar span'), ['−1', '0', '1']);
});

t.test('fields: constant, exact, not finite', async (t) => {
  const constant = { title: 'F', rows: 2, columns: 2, truth: [1, 1, 1, 1], predicted: [1, 1, 1, 1], unit: '' };
  const broken = { ...constant, predicted: [1, Number.NaN, 1, Number.POSITIVE_INFINITY] };
  const curves = { ...broken, rows: 4, columns: 1 };
  const lost = { ...curves, truth: [Number.NaN, Number.NaN, Number.NaN, Number.NaN] };
  const section = sectionOf(render({ fields: [constant, broken, curves, lost] }), 'Outputs of single samples');
  t.notMatch(section.outerHTML, /NaN|Infinity/);
  const images = all(section, 'figure > img').map(pixelsOf);
  t.equal(images[4].colours[1], '00000000', 'transparent where there is no number');
  t.match(section.textContent, /no finite value/);
});

t.test('map: classes by colour, background empty, errors counted', async (t) => {
  const section = sectionOf(render(), 'Map of the classes');
  const [truth, predicted, wrong] = all(section, 'figure > img').map(pixelsOf);
  t.strictSame([truth.width, truth.height], [10, 6]);
  t.equal(truth.colours[0], '00000000', 'no class');
  t.equal(wrong.colours[0], '00000000');
  t.equal(new Set(truth.colours).size, 4);
  t.equal(truth.colours[1], truth.colours[4], 'both oats');
  t.equal(predicted.colours[1], truth.colours[2], 'hay');
  t.equal(wrong.colours.filter((colour) => colour === wrong.colours[1]).length, 1);
  t.match(section.textContent, /1 of 51 pixels/);
  t.match(texts(section, '.legend li')[0], /^corn \(17\)$/);
});

t.test('confusion: counts, recall and precision; a class without samples; a single class', async (t) => {
  const section = sectionOf(render(), 'Confusion matrix');
  t.strictSame(
    texts(section, 'tbody tr').map((row) => row.trim()),
    ['corn82080.0 %', 'oats19090.0 %', 'hay000–'],
  );
  t.strictSame(texts(section, 'tfoot td'), ['88.9 %', '81.8 %', '–', '85.0 %']);
  const one = sectionOf(render({ confusion: { classes: ['only'], counts: [[5]] } }), 'Confusion matrix');
  t.strictSame(texts(one, 'td'), ['5', '100.0 %', '100.0 %', '100.0 %']);
});

t.test('times: pieces as long as their share of the longest; none at all', async (t) => {
  const section = sectionOf(render(), 'Where the time went');
  const [first, second] = all(section, '.bar').map((bar) =>
    all(bar, 'span').map((piece) => piece.getAttribute('style')),
  );
  t.strictSame(first, ['width:50.000%', 'width:25.000%', 'width:12.500%', 'width:12.500%']);
  t.strictSame(second, ['width:25.000%', 'width:25.000%']);
  t.match(section.textContent, /means over the seeds/);
  t.notMatch(section.textContent, /dense solver/);
  t.strictSame(texts(section, 'tbody tr:first-child td'), ['1', '0.5', '0.25', '0.25', '2']);
  const zero = { method: 'M', network: 0, projection: 0, krylov: 0, dense: 0, other: Number.NaN };
  const none = sectionOf(render({ timings: [zero], timingNote: undefined }), 'Where the time went');
  t.notMatch(none.outerHTML, /NaN|Infinity|undefined/);
});

t.test('table: numbers to the right, also with signs, units and spreads', async (t) => {
  const rows = [
    ['a', '−1.5 %', 'x', '0.1 ± 0.2', '–'],
    ['b', '3·10⁻⁴', '5', '<1', '2'],
  ];
  const columns = ['name', 'p', 'q', 'r', 's'];
  const section = sectionOf(render({ table: { columns, rows, notes: [] } }), 'Results');
  const sides = all(section, 'thead th').map((th) => th.getAttribute('class'));
  t.strictSame(sides, ['text', 'number', 'text', 'number', 'number']);
});

t.test('evidence: a line a run in four figures; nothing where the regularisation was given', async (t) => {
  const evidence = (k: number) => ({
    ...{ alphaTheta: [1e-3 / (k + 1), 1e-4], alphaW: 1e-6, noise: 0.1 + 1 / (k + 1) },
    ...(k < 2
      ? { gammaTheta: null, gammaW: null, logEvidence: null }
      : { gammaTheta: 9, gammaW: 5 + k, logEvidence: -100 + k }),
  });
  const found = (seed: number) => {
    const { points, ...rest } = trace('GNvpro', seed, 12);
    return { ...rest, points: points.map((point, k) => ({ ...point, evidence: evidence(k) })) };
  };
  const section = sectionOf(render({ traces: [found(0), found(1)] }), 'Regularisation by evidence');
  t.equal(all(section, 'figure').length, 4);
  t.strictSame(texts(section, '.legend span'), ['α_θ of layer 1', 'α_θ of layer 2', 'α_W', 'γ_θ', 'γ_W']);
  t.match(section.outerHTML, /log evidence of the first run ends at −88/);
  t.notMatch(section.outerHTML, /NaN|undefined/);
  t.notOk(texts(render(), 'h2').includes('Regularisation by evidence'));
});

/** Red, green, blue of all pixels. */
function rgbOf(img: Node): number[] {
  const [, data] = (img.getAttribute('src') as string).split('base64,');
  return [...PNG.sync.read(Buffer.from(data, 'base64')).data].filter((_, i) => i % 4 < 3);
}

t.test('images: a PNG each, wrong ones first and marked, with what was predicted and what is true', async (t) => {
  const section = sectionOf(render(), 'Images: 4 test samples');
  t.strictSame(texts(section, 'h3'), ['Wrong: 1', 'Right: 1 of 3']);
  const images = all(section, 'img');
  t.strictSame(
    images.map((img) => img.getAttribute('alt')),
    ['Sample 3: predicted oats, true hay.', 'Sample 0: predicted hay, true hay.'],
  );
  t.strictSame(
    rgbOf(images[0]),
    Array.from({ length: 18 }, (_, i) => 13 * i),
  );
  t.strictSame(
    all(section, '.wrong').map(({ textContent }) => textContent),
    ['predicted oatstrue hay'],
  );
  t.match(section.textContent, /Full colour is 255, black 0\..*to be said of the images/);
});

t.test('images of one channel are grey, from the least value to the largest', async (t) => {
  const pixels = [-1, 0, 1, 1, 0, -1];
  const each = [{ number: 0, pixels, predicted: '1.5', truth: '2' }];
  const groups = [{ title: 'The largest errors', isWrong: false, each }];
  const images = { of: '1 sample', height: 2, width: 3, channels: 1, range: [-1, 1], groups, notes: [] } as const;
  const section = sectionOf(render({ images }), 'Images: 1 sample');
  const greys = [0, 128, 255, 255, 128, 0].flatMap((grey) => [grey, grey, grey]);
  t.strictSame(all(section, 'img').flatMap(rgbOf), greys);
  t.equal(all(section, '.wrong').length, 0);
  t.match(section.textContent, 'predicted 1.5true 2');
});

t.test('filters: white at 0, orange above, violet below; of three channels colours round grey', async (t) => {
  const section = sectionOf(render(), 'Filters of the first convolution, conv2d(2)');
  const images = all(section, 'img');
  t.strictSame(
    images.map((img) => img.getAttribute('alt')),
    ['Weights of filter 0, 2 × 2, from −2 to 2.', 'Weights of filter 1, 2 × 2, from −1 to 0.'],
  );
  const [violet, white, orange] = [0, 1, 2].map((i) => rgbOf(images[0]).slice(3 * i, 3 * i + 3));
  t.ok(violet[2] > violet[1] && orange[0] > orange[2] && Math.min(...white) > 230);
  const each = [{ name: 'filter 0', values: [2, 0, -2] }];
  const kernels = { layer: 'c', height: 1, width: 1, channels: 3, most: 2, each, notes: [] } as const;
  const [colour] = all(sectionOf(render({ kernels }), 'Filters of the first convolution, c'), 'img');
  t.strictSame(rgbOf(colour), [255, 128, 0]);
});
