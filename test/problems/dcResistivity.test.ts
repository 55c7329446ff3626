import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { GridNode } from '../../lib/problems/boxGreen.js';
import { nodeNumber } from '../../lib/problems/boxGreen.js';
import {
  bodyOf,
  conductivityAt,
  type DcResistivityOptions,
  DcSurvey,
  generateDcResistivity,
  surveyGrid,
} from '../../lib/problems/dcResistivity.js';
import type { Ellipsoid } from '../../lib/problems/ellipsoid.js';
import { cubicStencil } from '../../lib/problems/surfaceArray.js';
import { wholePotential } from './wholeBox.js';

const norm = (values: Float64Array) => Math.hypot(...values);
const difference = (a: Float64Array, b: Float64Array) => a.map((x, i) => x - b[i]);
const distance = (a: Float64Array, b: Float64Array) => norm(difference(a, b)) / norm(b);

t.test('parameters fill their ranges; 882 finite fields; a description', async (t) => {
  const { inputs, targets, description } = await generateDcResistivity({ samples: 60, seed: 4, grid: 20 });
  t.same(inputs.shape, [60, 3]);
  t.same(targets.shape, [60, 882]);
  Object.values(description.ranges).forEach(([low, high], column) => {
    const values = inputs.data.filter((_, at) => at % 3 === column);
    t.ok(Math.min(...values) >= low && Math.min(...values) < low + 0.1 * (high - low));
    t.ok(Math.max(...values) < high && Math.max(...values) > high - 0.1 * (high - low));
  });
  t.ok(targets.data.every(Number.isFinite));
  const middle = targets.data[10 * 21 + 10];
  t.ok(middle > 2 && middle < 8, `the current flows along x: ${middle} mV/m in the middle`);
  t.equal(description.receivers.length, 441);
  t.same(description.receivers[21 * 3 + 2], [-42, -48]);
  t.match(description, {
    grid: 20,
    seed: 4,
    electrodes: [
      [-96, 0],
      [96, 0],
    ],
  });
});

t.test('the same seed gives the same bits, and a longer run begins with the shorter one', async (t) => {
  const few = await generateDcResistivity({ samples: 3, seed: 1, grid: 20 });
  t.same(await generateDcResistivity({ samples: 3, seed: 1, grid: 20 }), few);
  const many = await generateDcResistivity({ samples: 9, seed: 1, grid: 20 });
  t.same(many.inputs.data.subarray(0, 9), few.inputs.data);
  t.same(many.targets.data.subarray(0, 3 * 882), few.targets.data);
  t.notSame((await generateDcResistivity({ samples: 3, seed: 2, grid: 20 })).inputs.data, few.inputs.data);
});

/** The fields of the banded system of the whole box, read at the receivers by hand. */
function wholeFields(cells: number, body: Ellipsoid): Float64Array {
  const grid = surveyGrid(cells);
  const electrode = (x: number): GridNode => [(x + 120) / grid.spacing, cells / 2, 0];
  const u = wholePotential(grid, (node) => conductivityAt(grid, body, node), [
    [electrode(-96), 1],
    [electrode(96), -1],
  ]);
  const at = (x: number, y: number) => {
    const [sx, sy] = [cubicStencil((x + 120) / grid.spacing, cells), cubicStencil((y + 120) / grid.spacing, cells)];
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        sum += sx.weights[i] * sy.weights[j] * u[nodeNumber(grid, [sx.start + i, sy.start + j, 0])];
      }
    }
    return sum;
  };
  const fields = new Float64Array(882);
  for (let n = 0; n < 441; n++) {
    const [x, y] = [6 * Math.floor(n / 21) - 60, 6 * (n % 21) - 60];
    fields[n] = (1000 * (at(x - 6, y) - at(x + 6, y))) / 12;
    fields[441 + n] = (1000 * (at(x, y - 6) - at(x, y + 6))) / 12;
  }
  return fields;
}

t.test('the fields of given parameters are those of drawn ones', async (t) => {
  const drawn = await generateDcResistivity({ samples: 3, seed: 4, grid: 20 });
  const given = await generateDcResistivity({ inputs: drawn.inputs, grid: 20 });
  t.strictSame([given.inputs, given.targets], [drawn.inputs, drawn.targets]);
  t.strictSame([given.description.seed, drawn.description.seed], [null, 4]);
  const wrong: [DcResistivityOptions, string, RegExp][] = [
    [{ inputs: [[40, 20]] }, 'ERR_SHAPE', /N × 3 inputs but received N × 2/],
    [
      {
        inputs: [
          [40, 20, 0],
          [40, 33, 1],
        ],
      },
      'ERR_OPTION',
      /between 16 and 32 for the radius of sample 1/,
    ],
    [{ inputs: [[40, 20, 3.2]] }, 'ERR_OPTION', /the azimuth of sample 0/],
    [{ inputs: [[40, 20, 0]], samples: 1 }, 'ERR_OPTION', /"samples"/],
    [{ inputs: [[40, 20, 0]], cache: 'folder' }, 'ERR_OPTION', /"cache"/],
  ];
  for (const [options, code, message] of wrong) {
    await t.rejects(generateDcResistivity({ grid: 20, ...options }), { code, message });
  }
});

t.test('samples are those of the banded system of the whole box', async (t) => {
  const { inputs, targets } = await generateDcResistivity({ samples: 3, seed: 7, grid: 20 });
  for (let n = 0; n < 3; n++) {
    const [depth, radius, azimuth] = inputs.data.subarray(3 * n, 3 * n + 3);
    const direct = wholeFields(20, bodyOf(depth, radius, azimuth));
    const error = distance(targets.data.subarray(882 * n, 882 * (n + 1)), direct);
    t.ok(error < 1e-9, `sample ${n}: ${error}`);
  }
});

t.test('no body: the fields of two electrodes are symmetric', async (t) => {
  const background = new DcSurvey(40).measure(null);
  const nowhere = new DcSurvey(40).measure({ centre: [3, 3, 33], semiAxes: [2, 2, 2], azimuth: 0 });
  t.same(nowhere, background, 'a body between the nodes is none');
  const ex = (x: number, y: number) => background[21 * ((x + 60) / 6) + (y + 60) / 6];
  const ey = (x: number, y: number) => background[441 + 21 * ((x + 60) / 6) + (y + 60) / 6];
  for (const [x, y] of [
    [0, 0],
    [12, 30],
    [60, -60],
  ]) {
    t.ok(Math.abs(ex(x, y) - ex(-x, y)) < 1e-10 && Math.abs(ex(x, y) - ex(x, -y)) < 1e-10, 'Ex is even');
    t.ok(Math.abs(ey(x, y) + ey(-x, y)) < 1e-10 && Math.abs(ey(x, y) + ey(x, -y)) < 1e-10, 'Ey is odd');
  }
});

t.test('a body mirrored at y = 0 gives the mirrored fields', async (t) => {
  const survey = new DcSurvey(40);
  const body: Ellipsoid = { centre: [12, -18, 36], semiAxes: [24, 14, 14], azimuth: 0.5 };
  const [fields, mirrored] = [body, { ...body, centre: [12, 18, 36] as const, azimuth: -0.5 }].map((each) =>
    survey.measure(each),
  );
  t.notSame(fields, mirrored);
  for (let n = 0; n < 441; n++) {
    const other = n - (n % 21) + 20 - (n % 21);
    if (Math.abs(fields[n] - mirrored[other]) > 1e-9) t.fail(`Ex of receiver ${n}`);
    if (Math.abs(fields[441 + n] + mirrored[441 + other]) > 1e-9) t.fail(`Ey of receiver ${n}`);
  }
});

t.test('finer grids change the fields, and what the body adds to them, less and less', async (t) => {
  const body = bodyOf(40, 20, 0.7);
  const surveys = [20, 40, 60].map((cells) => new DcSurvey(cells));
  const fields = surveys.map((survey) => survey.measure(body));
  const added = surveys.map((survey, n) => difference(fields[n], survey.measure(null)));
  for (const [what, [coarse, middle, fine], bound] of [
    ['fields', fields, 0.005],
    ['added', added, 0.03],
  ] as const) {
    const [first, second] = [distance(coarse, middle), distance(middle, fine)];
    t.ok(second < bound && first > 3 * second, `${what}: ${first.toFixed(4)}, then ${second.toFixed(4)}`);
  }
});

t.test('the fields are a smooth function of the parameters: difference quotients converge', async (t) => {
  const survey = new DcSurvey(40);
  const y = [42, 24, 1];
  [0.4, 0.2, 0.02].forEach((step, k) => {
    const fields = (change: number) => {
      const [depth, radius, azimuth] = y.map((x, i) => (i === k ? x + change : x));
      return survey.measure(bodyOf(depth, radius, azimuth));
    };
    const slope = (h: number) => difference(fields(h), fields(-h)).map((change) => change / (2 * h));
    const [coarse, middle, fine] = [step, step / 2, step / 4].map(slope);
    const [first, second] = [distance(coarse, middle), distance(middle, fine)];
    t.ok(first < 0.01 && second < 0.5 * first, `parameter ${k}: ${first}, then ${second}`);
  });
});

t.test('progress grows to 1; an abort ends the work between two samples', async (t) => {
  const seen: number[] = [];
  await generateDcResistivity({ samples: 4, grid: 20, onProgress: (done) => void seen.push(done) });
  t.same(seen, [0.25, 0.5, 0.75, 1]);

  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = () => {
    seen.push(0);
    controller.abort(reason);
  };
  await t.rejects(generateDcResistivity({ samples: 5, grid: 20, signal: controller.signal, onProgress }), reason);
  t.equal(seen.length, 5, 'after one sample');
  const later = new AbortController();
  setTimeout(() => later.abort(reason), 1);
  await t.rejects(
    generateDcResistivity({ samples: 1e5, grid: 20, signal: later.signal }),
    reason,
    'timers have their turn',
  );
  await t.rejects(generateDcResistivity({ signal: AbortSignal.abort() }), { name: 'AbortError' });
});

t.test('a cache answers the second time, for the same options only', async (t) => {
  const cache = join(t.testdir(), 'made', 'by it');
  const calls = async (options: DcResistivityOptions) => {
    let count = 0;
    const data = await generateDcResistivity({
      samples: 3,
      grid: 20,
      cache,
      ...options,
      onProgress: () => void count++,
    });
    return { count, data };
  };
  const first = await calls({});
  const second = await calls({});
  t.equal(first.count, 3);
  t.equal(second.count, 1, 'told once that it is all there');
  t.same(second.data, first.data);
  for (const options of [{ samples: 2 }, { seed: 1 }, { grid: 40 }]) {
    const other = await calls(options);
    t.equal(other.count, options.samples ?? 3, JSON.stringify(options));
  }
  t.equal((await readdir(cache)).length, 8, 'two files each, and nothing temporary');
});

t.test('a damaged cache is computed again', async (t) => {
  const cache = t.testdir();
  const options = { samples: 2, grid: 20, cache };
  const expected = await generateDcResistivity(options);
  const files = (await readdir(cache)).sort();
  t.match(files, [/^dc-resistivity-[0-9a-f]{16}\.json$/, /^dc-resistivity-[0-9a-f]{16}\.npy$/]);
  const [json, npy] = files.map((file) => join(cache, file));
  const flipped = await readFile(npy);
  flipped[flipped.length - 9] ^= 1;
  const damages: [string, () => Promise<void>][] = [
    ['cut off', () => truncate(npy, 5000)],
    ['empty', () => truncate(npy, 0)],
    ['one bit', () => writeFile(npy, flipped)],
    ['no JSON', () => writeFile(json, '{')],
    ['JSON of something else', () => writeFile(json, 'null')],
    ['another key', async () => writeFile(json, (await readFile(json, 'utf8')).replace('"seed": 0', '"seed": 1'))],
  ];
  for (const [name, damage] of damages) {
    await damage();
    let count = 0;
    t.same(await generateDcResistivity({ ...options, onProgress: () => void count++ }), expected, name);
    t.equal(count, 2, `${name}: computed again`);
    count = 0;
    await generateDcResistivity({ ...options, onProgress: () => void count++ });
    t.equal(count, 1, `${name}: and kept`);
  }
  const refused = { code: 'ERR_DATA_FILE', message: `Expected a folder but ${json} is none.` };
  await t.rejects(generateDcResistivity({ ...options, cache: json }), refused, 'a file is no folder');
});

t.test('misuse is refused with a sentence', async (t) => {
  const misuses: [unknown, RegExp][] = [
    [{ sample: 5 }, /^Unknown option "sample" of generateDcResistivity\. Did you mean "samples"\?$/],
    [{ samples: 0 }, /^Expected an integer between 1 and 1000000 for samples but received 0\.$/],
    [{ seed: -1 }, /for seed but received -1/],
    [{ grid: 30 }, /^Expected 20, 40, 60 or 80 for grid but received 30\.$/],
    [{ grid: '40' }, /for grid but received "40"/],
    [{ cache: '' }, /^Expected a folder for cache but received ""\.$/],
    [{ cache: 1 }, /for cache but received 1/],
    [{ signal: {} }, /^Expected an AbortSignal for signal but received/],
    [{ onProgress: 1 }, /^Expected a function for onProgress but received 1\.$/],
    [null, /^Expected an object for the options of generateDcResistivity but received null\.$/],
  ];
  for (const [options, message] of misuses) {
    await t.rejects(generateDcResistivity(options as DcResistivityOptions), { code: 'ERR_OPTION', message });
  }
});
