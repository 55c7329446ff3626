/** @file The noise of each output that a training tells, and what it is to the shared one. */
import t from 'tap';
import { outputNoise } from '../../lib/evidence/outputNoise.js';
import { dense, type EvidenceRecord, Random, sequential, tanh, train } from '../../lib/index.js';
import { decodeModel } from '../../lib/model/file.js';
import { close } from '../support/reference.js';

const network = sequential([dense(5), tanh()]);
const sigmas = [0.2, 0.05];

function draw(count: number, seed: number) {
  const random = new Random(seed);
  const inputs = Array.from({ length: count }, () => [random.uniform(-1, 1), random.uniform(-1, 1)]);
  const truth = inputs.map(([x, y]) => [Math.sin(2 * x) + y, Math.cos(2 * y) * (1 + x)]);
  return { inputs, targets: truth.map((row) => row.map((y, j) => y + sigmas[j] * random.normal())) };
}

const given = { network, ...draw(300, 1), regularization: 'evidence', starts: 1, threads: 1 } as const;
const asked = { uncertainty: true } as const;

t.test('shares of the squares, with weights', async (t) => {
  const R = Float64Array.of(1, 2, 6, 0, 0, 0);
  close(
    t,
    outputNoise(R.subarray(0, 4), { samples: 2, sampleWeights: null }),
    [37, 4].map((s) => Math.sqrt((2 * s) / 41)),
    's',
  );
  const sampleWeights = Float64Array.of(1, 3, 0);
  close(
    t,
    outputNoise(R, { samples: 3, sampleWeights }),
    [13, 4].map((s) => Math.sqrt((2 * s) / 17)),
    's, ω r being given',
  );
  t.strictSame(outputNoise(Float64Array.of(0.3, 0.1), { samples: 2, sampleWeights: null }), Float64Array.of(1));
  t.strictSame(
    outputNoise(new Float64Array(4), { samples: 2, sampleWeights: null }),
    Float64Array.of(1, 1),
    'no residual',
  );
  const [exact, other] = outputNoise(Float64Array.of(0, 1, 0, 1), { samples: 2, sampleWeights: null });
  t.ok(exact > 0 && exact < 1e-12 && other > 1, 'an output without residual');
});

t.test('two outputs of different noise: each is found, in original units, and σ² is their mean', async (t) => {
  for (const units of [1, 1e3]) {
    const targets = given.targets.map(([a, b]) => [units * a, units * b]);
    const { model, report } = await train({ ...given, targets });
    const { noise } = await model.predict(given.inputs, asked);
    sigmas.forEach((sigma, j) => {
      t.ok(Math.abs(noise[j] / units / sigma - 1) < 0.2, `${noise[j] / units} for ${sigma}`);
    });
    const { posterior, scaling } = decodeModel(model.toBytes());
    const scaled = noise.map((sigma, j) => sigma / scaling.targets.scale[j]);
    const { noise: shared } = report.best.evidence as EvidenceRecord;
    close(t, [Math.sqrt((scaled[0] ** 2 + scaled[1] ** 2) / 2)], [shared as number], 'σ', 1e-14);
    close(t, posterior?.noise as Float64Array, [shared as number], 'as it is kept', 1e-15);
    t.match(String(model), /noise {4}[\d.]+, [\d.]+ by output in scaled targets; with the posterior, /);
  }
});

t.test('a single output has the shared one, to the bit', async (t) => {
  const { model, report } = await train({ ...given, targets: given.targets.map(([y]) => [y]) });
  const { posterior, scaling } = decodeModel(model.toBytes());
  t.strictSame(posterior?.outputNoise, Float64Array.of(1));
  const { noise } = await model.predict(given.inputs, asked);
  t.equal(noise[0], scaling.targets.scale[0] * (report.best.evidence?.noise as number));
});

t.test('an output that is constant: the others know their noise', async (t) => {
  const { model } = await train({ ...given, targets: given.targets.map(([, y]) => [3, y]) });
  const { noise, standardDeviation } = await model.predict(given.inputs, asked);
  t.ok(noise[0] > 0 && noise[0] < 1e-6, `${noise[0]}`);
  t.ok(Math.abs(noise[1] / sigmas[1] - 1) < 0.2, `${noise[1]}`);
  t.ok(standardDeviation.data.every(Number.isFinite));
});

t.test('both backends', async (t) => {
  const [native, js] = await Promise.all(
    (['native', 'js'] as const).map(async (backend) =>
      (await train({ ...given, backend, stop: { iterations: 8 } })).model.predict(given.inputs, asked),
    ),
  );
  close(t, native.standardDeviation.data, js.standardDeviation.data, 'deviations', 1e-6);
  close(t, native.noise, js.noise, 'noise', 1e-7);
});
