/**
 * The work unit in single and in double precision, in turns: two passes of the network and what the projection asks of a
 * product H·v, divided by two; and an evaluation with its projection. Argument: size. Prints one JSON line.
 */
import { selectBackend } from '../../dist/backend/select.js';
import { antisymmetricDense, dense, Network, Random, residual, sequential, tanh } from '../../dist/index.js';
import { leastSquares } from '../../dist/loss/leastSquares.js';
import { tikhonov } from '../../dist/regularizer/tikhonov.js';

const layer = (units) => [dense(units), tanh()];
const sizes = {
  gemm: { samples: 20_000, inputs: 256, targets: 10, layers: [...layer(512), ...layer(512), ...layer(32)] },
  'wide features': { samples: 20_000, inputs: 256, targets: 10, layers: [...layer(512), ...layer(512)] },
  memory: {
    ...{ samples: 200_000, inputs: 20, targets: 4 },
    layers: [...layer(16), residual(antisymmetricDense(), { integrator: 'rk4', time: 1, steps: 2 })],
  },
  shallow: { samples: 1_000_000, inputs: 20, targets: 4, layers: layer(16) },
};

const { samples, inputs: d, targets: t, layers } = sizes[process.argv[2]];
const network = new Network(sequential(layers), d);
const random = new Random(1);
const normals = (length) => Float64Array.from({ length }, () => random.normal());
const inputs = normals(samples * d);
const definition = {
  programs: network.programs,
  weights: network.weights,
  targets: normals(samples * t),
  samples,
  targetColumns: t,
  bias: true,
  loss: leastSquares,
  sampleWeights: null,
  innerTolerance: 1e-6,
  alphaW: 1e-6,
  regularizer: tikhonov(network.weights, 1e-6),
  jacobian: 'kaufman',
  threads: 1,
  cancelFlag: new Int32Array(new SharedArrayBuffer(4)),
};
const [theta, v] = [network.initialWeights(3), network.initialWeights(4)];
const both = [inputs, Float32Array.from(inputs)].map((inputs) => {
  const objective = selectBackend('native').createObjective({ ...definition, inputs });
  const point = objective.at(theta).sync();
  point.hessianProduct(v).sync();
  return { objective, point, units: [], evaluations: [] };
});

/** Milliseconds of the processor: one thread computes, whatever else runs. */
const timed = (work) => {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};
/** At least five pairs, then as many as half a minute holds, up to 20. */
const end = performance.now() + 30_000;
for (let pair = 0; pair < 5 || (pair < 20 && performance.now() < end); pair++) {
  for (const { objective, point, units, evaluations } of both) {
    units.push(timed(() => point.hessianProduct(v).sync()) / 2);
    if (pair % 4 === 0) evaluations.push(timed(() => objective.at(theta).sync().drop()));
  }
}

const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const [double, single] = both;
const ratios = (a, b) => middle(a.map((x, i) => x / b[i]));
console.log(
  JSON.stringify({
    ms: both.map(({ units }) => middle(units)),
    ratio: ratios(double.units, single.units),
    evaluation: both.map(({ evaluations }) => middle(evaluations)),
    evaluationRatio: ratios(double.evaluations, single.evaluations),
    megabytes: both.map(({ objective }) => objective.memoryBytes / 1e6),
    objective: single.point.evaluation.objective / double.point.evaluation.objective - 1,
  }),
);
