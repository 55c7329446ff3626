/** Huber regression: one target in ten is grossly wrong. `node examples/losses/huber.mjs` in a clone that is set up. */
import { defineLoss, dense, Random, train } from 'gnvpro';

const delta = 0.1;
const relu = { kind: 'relu', parameter: null };
const tails = (b, r) => [b.unary(shifted(b, r, -delta), relu), b.unary(shifted(b, b.scale(r, -1), -delta), relu)];
const huber = defineLoss({
  name: 'huber',
  separable: true,
  // ½r² less the squares of what is beyond ±δ: quadratic inside, straight lines outside.
  value: (b, s, c) => {
    const r = b.sub(s, c);
    const [above, below] = tails(b, r);
    const squares = b.sub(b.mul(r, r), b.add(b.mul(above, above), b.mul(below, below)));
    return b.scale(b.matmul(squares, ones(b, s.shape.cols)), 0.5);
  },
  gradient: (b, s, c) => {
    const r = b.sub(s, c);
    const [above, below] = tails(b, r);
    return b.add(b.sub(r, above), below);
  },
  // v inside, nothing outside: 1 − σ′(r − δ) − σ′(−r − δ).
  hessianProduct: (b, s, c, v) => {
    const r = b.sub(s, c);
    const [x, y] = [shifted(b, r, -delta), shifted(b, b.scale(r, -1), -delta)];
    const outside = b.add(b.unaryDerivative(x, b.unary(x, relu), relu), b.unaryDerivative(y, b.unary(y, relu), relu));
    return b.sub(v, b.mul(outside, v));
  },
});
const ones = (b, n) => b.constant(n, 1, new Float64Array(n).fill(1));
const shifted = (b, x, by) => b.addRow(x, b.constant(1, x.shape.cols, new Float64Array(x.shape.cols).fill(by)));

const random = new Random(4);
const truth = ([x]) => Math.sin(3 * x);
const draw = (count) => {
  const inputs = Array.from({ length: count }, () => [random.uniform(-1.5, 1.5)]);
  const wrong = () => (random.uniform() < 0.1 ? random.uniform(0, 20) : 0);
  return { inputs, targets: inputs.map((x) => [truth(x) + 0.05 * random.normal() + wrong()]) };
};
const test = Array.from({ length: 500 }, () => [random.uniform(-1.5, 1.5)]);
const options = {
  ...draw(600),
  validation: draw(300),
  validationMetric: 'loss',
  network: dense(10, { activation: 'tanh' }),
  scaling: { targets: 'none' },
  regularization: { theta: 1e-4, W: 1e-4 },
  stop: { patience: 8 },
};

const robust = await train({ ...options, loss: huber });
const squares = await train(options);
console.log('root mean square error against the true curve');
console.log(`  huber          ${(await error(robust.model)).toFixed(4)}`);
console.log(`  least squares  ${(await error(squares.model)).toFixed(4)}`);

async function error(model) {
  const { data } = await model.predict(test);
  return Math.sqrt(test.reduce((sum, x, n) => sum + (data[n] - truth(x)) ** 2, 0) / test.length);
}
