import t from 'tap';
import { BandedLU, BandedMatrix } from '../../lib/problems/banded.js';
import { implicitMatrix } from '../../lib/problems/finiteVolumes.js';
import { ImplicitMidpoint } from '../../lib/problems/implicitMidpoint.js';
import { Random } from '../../lib/random.js';

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

function identity(n: number): BandedLU {
  const matrix = new BandedMatrix(n, 0, 0);
  for (let k = 0; k < n; k++) matrix.add(k, k, 1);
  return new BandedLU(matrix);
}

t.test('logistic growth: second order in time', async (t) => {
  const [rates, initial] = [Float64Array.of(1, 2, 4), Float64Array.of(0.1, 0.2, 0.05)];
  const exact = rates.map((rate, k) => 1 / (1 + (1 / initial[k] - 1) * Math.exp(-rate)));
  const errors: number[] = [];
  for (const steps of [20, 40, 80]) {
    const reaction = (rate: number, u: number) => rate * u * (1 - u);
    const integrator = new ImplicitMidpoint({ lu: identity(1), step: 1 / steps, reaction, rates, initial });
    for (let k = 0; k < steps; k++) await integrator.advance();
    errors.push(integrator.state.reduce((worst, u, k) => Math.max(worst, Math.abs(u - exact[k])), 0));
  }
  for (const k of [0, 1]) {
    const order = Math.log2(errors[k] / errors[k + 1]);
    t.ok(order > 1.95 && order < 2.05, `order ${order.toFixed(3)}`);
  }
});

t.test('without reaction the mass of every sample is constant to rounding', async (t) => {
  const random = new Random(1);
  const streamFunction = (x: number, y: number) => 2 * Math.sin(Math.PI * x) * Math.sin(2 * Math.PI * y);
  const lu = new BandedLU(implicitMatrix(16, 0.01, { diffusivity: 0.3, streamFunction }));
  const initial = Float64Array.from({ length: 3 * lu.n }, () => random.uniform());
  const rates = new Float64Array(initial.length);
  const integrator = new ImplicitMidpoint({ lu, step: 0.02, reaction: (rate, u) => rate * u, rates, initial });
  for (let k = 0; k < 100; k++) await integrator.advance();
  for (const sample of [0, 1, 2]) {
    const [from, to] = [sample * lu.n, (sample + 1) * lu.n];
    const [before, after] = [sum(initial.subarray(from, to)), sum(integrator.state.subarray(from, to))];
    t.ok(Math.abs(after / before - 1) < 1e-12, `sample ${sample}: ${after / before - 1}`);
    t.ok(Math.abs(integrator.state[from] - after / lu.n) < 1e-3, 'and spread over the square');
  }
});

t.test('a sample does not depend on its companions', async (t) => {
  const reaction = (rate: number, u: number) => rate * u * (1 - u);
  const run = async (rates: number[]) => {
    const initial = new Float64Array(rates.length).fill(0.1);
    const problem = { lu: identity(1), step: 0.05, reaction, rates: Float64Array.from(rates), initial };
    const integrator = new ImplicitMidpoint(problem);
    for (let k = 0; k < 10; k++) await integrator.advance();
    return integrator;
  };
  const together = await run([1, 20, 3]);
  t.same(together.state[2], (await run([3])).state[0]);
  t.ok(together.solves < 3 * (await run([20])).solves, 'it leaves the iteration once it has converged');
});

t.test('equations that the iteration cannot solve end in ERR_CONVERGENCE', async (t) => {
  for (const rate of [1e3, NaN]) {
    const [rates, initial] = [Float64Array.of(rate), Float64Array.of(0.5)];
    const reaction = (k: number, u: number) => k * (1 - u * u);
    const integrator = new ImplicitMidpoint({ lu: identity(1), step: 1, reaction, rates, initial });
    await t.rejects(integrator.advance(), { code: 'ERR_CONVERGENCE', message: /use more time steps/ });
  }
});
