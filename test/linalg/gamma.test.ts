/** @file The tail of χ²: against values of SciPy 1.10 (chi2.sf), and the closed form of an even number of degrees. */
import t from 'tap';
import { chiSquareTail } from '../../lib/linalg/gamma.js';
import { close } from '../support/reference.js';

t.test('values of SciPy', async (t) => {
  const values = [
    [0.001, 1, 0.9747728793699604],
    [3.8, 1, 0.051252582857369534],
    [30, 1, 4.3204630578274955e-8],
    [700, 1, 2.990226975124623e-154],
    [7.8, 3, 0.050331097859853326],
    [95, 101, 0.6493831314813149],
    [130, 101, 0.027531404753532118],
    [50, 1000, 1],
    [2000, 1000, 4.1436785914539184e-69],
    [10300, 10001, 0.01794652769712112],
    [998000, 1_000_000, 0.921419708012855],
  ];
  for (const [x, k, expected] of values) close(t, [chiSquareTail(x, k)], [expected], `${x}, ${k}`, 1e-9);
});

t.test('an even number of degrees: a sum of Poisson probabilities', async (t) => {
  for (const k of [2, 4, 10, 60]) {
    for (const share of [0, 0.1, 0.9, 1, 1.1, 3]) {
      const half = (share * k) / 2;
      let term = Math.exp(-half);
      let sum = 0;
      for (let i = 0; i < k / 2; i++) {
        sum += term;
        term *= half / (i + 1);
      }
      close(t, [chiSquareTail(share * k, k)], [sum], `${share} k, ${k}`, 1e-12);
    }
  }
});

t.test('at the ends', async (t) => {
  t.equal(chiSquareTail(0, 5), 1);
  t.equal(chiSquareTail(1e9, 5), 0);
});
