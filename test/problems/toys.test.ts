/** @file The invariants of the circle, the peaks and the spirals. */
import t from 'tap';
import type { Matrix } from '../../lib/data/matrix.js';
import type { Samples } from '../../lib/data/samples.js';
import { generateCircle } from '../../lib/problems/circle.js';
import { generatePeaks, peaks } from '../../lib/problems/peaks.js';
import { generateSpirals } from '../../lib/problems/spirals.js';

const generators = { generateCircle, generatePeaks, generateSpirals };
type Options = { samples?: number; seed?: number; noise?: number };

function points({ data }: Matrix): [number, number][] {
  return Array.from({ length: data.length / 2 }, (_, n) => [data[2 * n], data[2 * n + 1]]);
}

/** Mean and standard deviation of the differences of two runs' numbers. */
function spread(a: Float64Array, b: Float64Array): [mean: number, deviation: number] {
  const differences = a.map((x, i) => x - b[i]);
  const mean = differences.reduce((sum, d) => sum + d, 0) / a.length;
  return [mean, Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / a.length)];
}

for (const [name, generate] of Object.entries(generators) as [string, (options?: Options) => Samples][]) {
  t.test(`${name}: same seed, same data; a longer run begins with the shorter one`, async (t) => {
    for (const noise of [0, 0.1]) {
      const few = generate({ samples: 7, seed: 3, noise });
      const many = generate({ samples: 50, seed: 3, noise });
      t.same(generate({ samples: 7, seed: 3, noise }), few);
      t.same(many.inputs.data.subarray(0, 14), few.inputs.data);
      t.same(many.targets.data.subarray(0, 7), few.targets.data);
      t.notSame(generate({ samples: 7, seed: 4, noise }).inputs.data, few.inputs.data);
    }
    const { inputs, targets } = generate();
    t.strictSame(
      [inputs.shape, targets.shape],
      [
        [1000, 2],
        [1000, 1],
      ],
    );
  });

  t.test(`${name}: misuse is refused with a sentence`, async (t) => {
    const misuses: [unknown, RegExp][] = [
      [{ sample: 5 }, new RegExp(`^Unknown option "sample" of ${name}\\. Did you mean "samples"\\?$`)],
      [{ samples: 0 }, /^Expected an integer between 1 and 1000000 for samples but received 0\.$/],
      [{ seed: 0.5 }, /for seed but received 0\.5\.$/],
      [{ noise: -1 }, /^Expected a finite number of at least 0 for noise but received -1\.$/],
      [{ noise: NaN }, /for noise but received NaN\.$/],
      [null, new RegExp(`^Expected an object for the options of ${name} but received null\\.$`)],
    ];
    for (const [options, message] of misuses) {
      t.throws(() => generate(options as Options), { code: 'ERR_OPTION', message });
    }
  });
}

t.test('circle: labels tell what lies inside, half of a uniform square', async (t) => {
  const { inputs, targets } = generateCircle({ samples: 4000, seed: 1 });
  points(inputs).forEach(([x, y], n) => {
    const inside = (x / 0.9) ** 2 + (y * 0.45 * Math.PI) ** 2 < 1;
    if (Math.abs(x) > 1 || Math.abs(y) > 1 || targets.data[n] !== Number(inside)) t.fail(`(${x}, ${y})`);
  });
  const share = targets.data.reduce((a, b) => a + b, 0) / 4000;
  t.ok(Math.abs(share - 0.5) < 0.03, `${share} inside`);
});

t.test('circle: noise moves the points after they are labelled', async (t) => {
  const [still, moved] = [0, 0.2].map((noise) => generateCircle({ samples: 4000, seed: 1, noise }));
  t.same(moved.targets, still.targets);
  const [mean, deviation] = spread(moved.inputs.data, still.inputs.data);
  t.ok(Math.abs(mean) < 0.01 && Math.abs(deviation - 0.2) < 0.01, `${mean}, ${deviation}`);
});

t.test('peaks: the known extremes of the surface, and targets on it', async (t) => {
  const known = [
    [-0.00932, 1.58137, 8.10621],
    [0.22828, -1.62554, -6.55113],
    [0, 0, 3 * Math.exp(-1) - Math.exp(-1) / 3],
  ];
  for (const [x, y, z] of known) t.ok(Math.abs(peaks(x, y) - z) < 1e-5, `peaks(${x}, ${y}) = ${peaks(x, y)}`);
  const { inputs, targets } = generatePeaks({ samples: 2000 });
  points(inputs).forEach(([x, y], n) => {
    if (Math.abs(x) > 3 || Math.abs(y) > 3 || targets.data[n] !== peaks(x, y)) t.fail(`(${x}, ${y})`);
  });
  t.ok(
    points(inputs).some(([x, y]) => x < -2.9 && y > 2),
    'they fill the square',
  );
});

t.test('peaks: noise is on the targets', async (t) => {
  const [still, noisy] = [0, 0.5].map((noise) => generatePeaks({ samples: 4000, noise }));
  t.same(noisy.inputs, still.inputs);
  const [mean, deviation] = spread(noisy.targets.data, still.targets.data);
  t.ok(Math.abs(mean) < 0.03 && Math.abs(deviation - 0.5) < 0.03, `${mean}, ${deviation}`);
});

t.test('spirals: points lie on the arm of their class, and the classes are balanced', async (t) => {
  for (const [classes, turns] of [
    [2, 1],
    [3, 1.5],
    [5, -0.75],
  ]) {
    const { inputs, targets } = generateSpirals({ samples: 1001, classes, turns });
    const counts = new Array(classes).fill(0);
    let outermost = 0;
    points(inputs).forEach(([x, y], n) => {
      const [radius, arm] = [Math.hypot(x, y), targets.data[n]];
      const winding = Math.atan2(y, x) / (2 * Math.PI) - turns * radius - arm / classes;
      if (Math.abs(winding - Math.round(winding)) > 1e-12 || radius > 1) t.fail(`sample ${n} of ${classes}`);
      counts[arm]++;
      outermost = Math.max(outermost, radius);
    });
    t.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
    t.ok(outermost > 0.99);
  }
});

t.test('spirals: noise, and misuse of their own options', async (t) => {
  const [still, noisy] = [0, 0.05].map((noise) => generateSpirals({ samples: 4000, noise }));
  t.same(noisy.targets, still.targets);
  const [mean, deviation] = spread(noisy.inputs.data, still.inputs.data);
  t.ok(Math.abs(mean) < 0.003 && Math.abs(deviation - 0.05) < 0.003, `${mean}, ${deviation}`);
  t.throws(() => generateSpirals({ classes: 0 }), { code: 'ERR_OPTION', message: /between 1 and 100 for classes/ });
  t.throws(() => generateSpirals({ turns: Infinity }), { code: 'ERR_OPTION', message: /for turns but received Inf/ });
});
