/** Poisson regression: counts whose rate depends on two inputs. `node examples/losses/poisson.mjs` in a clone that is set up. */
import { defineLoss, dense, Random, train } from 'gnvpro';

const exp = { kind: 'exp', parameter: null };
const poisson = defineLoss({
  name: 'poisson',
  separable: true,
  value: (b, s, c) => b.matmul(b.sub(b.unary(s, exp), b.mul(c, s)), ones(b, s.shape.cols)),
  gradient: (b, s, c) => b.sub(b.unary(s, exp), c),
  hessianProduct: (b, s, _c, v) => b.mul(b.unary(s, exp), v),
});
const ones = (b, n) => b.constant(n, 1, new Float64Array(n).fill(1));

const random = new Random(3);
const rate = ([x, y]) => Math.exp(1 + Math.sin(2 * x) * y);
const draw = (count) => {
  const inputs = Array.from({ length: count }, () => [random.uniform(-2, 2), random.uniform(-1, 1)]);
  return { inputs, targets: inputs.map((x) => [countOf(rate(x))]) };
};
const [training, validation, test] = [draw(1000), draw(400), draw(2000)];
const options = { ...training, validation, network: dense(12, { activation: 'tanh' }), stop: { patience: 8 } };

const byCounts = await train({ ...options, loss: poisson, regularization: { theta: 1e-4, W: 1e-4 } });
const bySquares = await train({ ...options, regularization: { theta: 1e-4, W: 1e-4 } });
const logRates = (await byCounts.model.predict(test.inputs)).data;
const means = (await bySquares.model.predict(test.inputs)).data;

console.log('mean Poisson deviance on 2,000 test samples');
console.log(`  poisson        ${deviance(logRates.map(Math.exp)).toFixed(4)}`);
console.log(`  least squares  ${deviance(means.map((mean) => Math.max(mean, 1e-3))).toFixed(4)}`);
console.log(`  the true rate  ${deviance(test.inputs.map(rate)).toFixed(4)}`);

/** 2 Σ (c log(c/μ) − c + μ)/N */
function deviance(rates) {
  const terms = test.targets.map(([c], n) => (c === 0 ? 0 : c * Math.log(c / rates[n])) - c + rates[n]);
  return (2 * terms.reduce((sum, term) => sum + term, 0)) / terms.length;
}

/** Events of a Poisson process of rate 1 before the time `mean`. */
function countOf(mean) {
  let count = 0;
  for (let time = random.exponential(); time < mean; time += random.exponential()) count++;
  return count;
}
