import t from 'tap';
import { Random } from '../lib/random.js';

const draw = <T>(count: number, next: () => T): T[] => Array.from({ length: count }, next);
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const variance = (values: readonly number[]) => {
  const centre = mean(values);
  return mean(values.map((x) => (x - centre) ** 2));
};

t.test('the same seed gives the same numbers, another seed others', async (t) => {
  const numbers = (seed: number) => {
    const random = new Random(seed);
    return [random.uniform(), random.normal(), random.normal(), random.exponential(), ...random.permutation(10)];
  };
  t.same(numbers(7), numbers(7));
  t.not(numbers(0)[0], numbers(1)[0]);
  t.not(numbers(1)[0], numbers(2 ** 32 + 1)[0], 'the upper bits of the seed count');
});

t.test('the stream never changes: models and data of a given seed depend on it', async (t) => {
  const random = new Random(0);
  t.same(
    draw(4, () => random.uint32()),
    [1518537817, 3190655992, 814714808, 253575889],
  );
});

t.test('uniform, normal and exponential have their first two moments', async (t) => {
  const random = new Random(3);
  const count = 40_000;
  const cases: [string, number[], number, number][] = [
    ['uniform', draw(count, () => random.uniform()), 1 / 2, 1 / 12],
    ['uniform on [-2, 4)', draw(count, () => random.uniform(-2, 4)), 1, 3],
    ['normal', draw(count, () => random.normal()), 0, 1],
    ['normal of mean 5 and deviation 2', draw(count, () => random.normal(5, 2)), 5, 4],
    ['exponential', draw(count, () => random.exponential()), 1, 1],
  ];
  for (const [name, values, expectedMean, expectedVariance] of cases) {
    const fourDeviations = 4 * Math.sqrt(expectedVariance / count);
    t.ok(Math.abs(mean(values) - expectedMean) < fourDeviations, `mean of ${name}`);
    t.ok(Math.abs(variance(values) / expectedVariance - 1) < 0.06, `variance of ${name}`);
  }
});

t.test('neighbouring seeds are unrelated', async (t) => {
  const firsts = draw(
    20_000,
    (() => {
      let seed = 0;
      return () => new Random(seed++).uniform();
    })(),
  );
  t.ok(Math.abs(mean(firsts) - 0.5) < 0.01);
  t.ok(Math.abs(variance(firsts) * 12 - 1) < 0.05);
  const products = firsts.slice(1).map((x, i) => (x - 0.5) * (firsts[i] - 0.5));
  t.ok(Math.abs(mean(products)) * 12 < 0.03, 'no correlation');
});

t.test('exponential is positive, uniform below its upper end', async (t) => {
  const random = new Random(5);
  t.ok(draw(10_000, () => random.exponential()).every((x) => x > 0 && Number.isFinite(x)));
  t.ok(draw(10_000, () => random.uniform()).every((x) => x >= 0 && x < 1));
});

t.test('integers are equally likely', async (t) => {
  const random = new Random(11);
  const counts = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < 60_000; i++) counts[random.integer(6)]++;
  const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
  t.ok(chiSquare < 20.5, `χ² with 5 degrees of freedom: ${chiSquare}`); // exceeded once in a thousand
});

t.test('permutation has every integer once', async (t) => {
  const random = new Random(2);
  t.same(
    [...random.permutation(1000)].sort((a, b) => a - b),
    draw(
      1000,
      (() => {
        let i = 0;
        return () => i++;
      })(),
    ),
  );
  t.same([...random.permutation(0)], []);
  t.notSame([...random.permutation(50)], [...random.permutation(50)]);
});

t.test('refuses what is no seed or bound', async (t) => {
  t.throws(() => new Random(-1), { message: /^Expected an integer between 0 .* for seed but received -1\.$/ });
  t.throws(() => new Random(1.5), { message: /for seed but received 1.5/ });
  t.throws(() => new Random('1' as never), { message: /for seed but received "1"/ });
  t.throws(() => new Random(0).integer(0), { message: /for bound but received 0/ });
  t.throws(() => new Random(0).permutation(-1), { message: /for n but received -1/ });
});
