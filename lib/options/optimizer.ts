/** @file The method. */
import { isClosed } from '../backend/loss.js';
import { GnvproError } from '../errors.js';
import { gnvpro } from '../optimizers/gnvpro.js';
import { stagesOf } from '../optimizers/optimizer.js';
import { readOptimizer } from '../optimizers/read.js';
import { anyOf, ref, words } from '../validate/schema.js';
import { chooseOptimizer } from './choose.js';
import { data } from './data.js';
import { loss } from './loss.js';
import { network } from './network.js';
import { option, type Reading } from './option.js';
import type { TrainOptions } from './trainOptions.js';

export const optimizer = option({
  name: 'optimizer',
  group: 'Optimizer',
  help: 'Default: gnvpro with its defaults; for evidence with the Jacobian kaufman. auto: what measured comparisons speak for.',
  schema: anyOf([words(['auto']), ref('optimizer')]),
  read(given, reading) {
    const value = given ?? usual(reading);
    const method = value === 'auto' ? choose(reading) : { optimizer: readOptimizer(value), choice: null };
    const fitted = reading.of(loss).loss;
    const types = stagesOf(method.optimizer).map(({ optimizer: { type } }) => type);
    if (isClosed(fitted) || !types.includes('slimTrain')) return method;
    throw new GnvproError(
      'ERR_OPTION',
      `Expected another optimizer for the loss "${fitted.name}": slimTrain fits least squares.`,
    );
  },
  used: ({ optimizer }) => optimizer,
  decides: ({ optimizer }) => optimizer,
});

/** Evidence is of Kaufman's matrix: one kind of matrix serves the steps, too. */
function usual({ given }: Reading) {
  return mayFindByEvidence(given) ? gnvpro({ jacobian: 'kaufman' }) : gnvpro();
}

function choose(reading: Reading) {
  const [samples, outputs] = reading.of(data).training.samples.targets.shape;
  return chooseOptimizer(reading.of(network).network, { samples, outputs, loss: reading.of(loss).loss });
}

/** Whether nothing stands against evidence but what the sizes of the problem may say. */
export function mayFindByEvidence({ regularization, optimizer, levels = 1, nested, refit }: TrainOptions): boolean {
  if (regularization === 'evidence') return true;
  const isOther = typeof optimizer === 'object' && !(optimizer.type === 'gnvpro' && !optimizer.batches);
  return regularization === 'auto' && !isOther && levels === 1 && !nested?.length && !refit;
}
