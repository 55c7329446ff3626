/** @file Features of any size, where only the projection is at work. */
import t from 'tap';
import { identity } from '../../lib/index.js';
import { train } from '../../lib/train/train.js';
import { options, smooth } from './problem.js';

const { inputs, targets } = smooth(40);

for (const backend of ['native', 'js'] as const) {
  t.test(`linear regression in inputs of any size on ${backend}`, async (t) => {
    const fit = async (size: number, bias: boolean) => {
      const scaled = inputs.map((row) => row.map((x) => size * x));
      const more = {
        inputs: scaled,
        targets,
        network: identity(),
        scaling: { inputs: 'none' },
        bias,
        backend,
      } as const;
      const { report } = await train(options({ ...more, regularization: { W: 0 } }));
      return report.best.objective;
    };
    for (const bias of [true, false]) {
      const plain = await fit(1, bias);
      // A column of ones is 1e12 times as large as the smallest of these inputs, which must not count as rounding.
      for (const size of bias ? [1e-12, 1e6, 1e12] : [1e-100, 1e-12, 1e12, 1e100, 1e170]) {
        const objective = await fit(size, bias);
        t.ok(Math.abs(objective / plain - 1) < 1e-8, `× ${size}, bias ${bias}: ${objective}, ${plain}`);
      }
    }
  });
}
