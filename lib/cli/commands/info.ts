/** @file `gnvpro info`: what is installed, or what a model or data file holds. */
import { availableParallelism } from 'node:os';
import { info } from '../../binding.js';
import { describeFile } from '../../files/matrixFile.js';
import { Model } from '../../model/model.js';
import { version } from '../../version.js';
import { answer, type Format, isJson } from '../output.js';
import { table } from '../text.js';

export async function infoCommand(file: string | undefined, format: Format): Promise<number> {
  if (file === undefined) tell(installation(), format);
  else if (/\.(npy|csv)$/i.test(file)) tell(await describeFile(file), format);
  else await tellModel(file, format);
  return 0;
}

function installation() {
  return { gnvpro: version, node: process.version, cores: availableParallelism(), ...info() };
}

async function tellModel(file: string, format: Format): Promise<void> {
  using model = await Model.load(file);
  if (!isJson(format)) {
    answer(String(model));
    return;
  }
  const { inputs, outputs, features, weightCount, bias, loss, classes, names, network, training } = model;
  tell({ inputs, outputs, features, weights: weightCount, bias, loss, classes, names, network, training }, format);
}

function tell(facts: object, format: Format): void {
  if (isJson(format)) answer(JSON.stringify(facts));
  else answer(table(Object.entries(facts).map(([name, value]) => [name.padEnd(16), show(value)])));
}

function show(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
