/** @file A training that nobody tuned, on the genuine data of the paper (GNVPRO_DATA_DIR). */
import t from 'tap';
import { takeSamples } from '../../lib/data/samples.js';
import { dense, readMatrix, sequential, tanh, trainSync } from '../../lib/index.js';
import { dataFile, permutationFile, skip, split } from './cdrRecipes.js';

t.test('the search for the regularisation leads to what fixed numbers miss by far', { skip }, async (t) => {
  const all = { inputs: await readMatrix(dataFile('inputs')), targets: await readMatrix(dataFile('targets')) };
  const { data: order } = await readMatrix(permutationFile(1));
  const part = ([first, end]: readonly [number, number]) => takeSamples(all, order.slice(first, end));
  const test = part(split.test);
  const { model, report, baselines } = trainSync({
    ...part(split.training),
    validation: part(split.validation),
    network: sequential([dense(12), tanh()]),
    regularization: { theta: 'auto', W: 'auto' },
    baselines: true,
    threads: 1,
  });
  const error = model.evaluateSync(test.inputs, test.targets).relativeError.mean;
  t.ok(error < 0.0049, `test error ${error} after ${report.workUnits} work units`);
  const linear = baselines[1].model.evaluateSync(test.inputs, test.targets).relativeError.mean;
  t.ok(linear > 0.03 && linear < 0.04, `linear regression ${linear}`);
});
