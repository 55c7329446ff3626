/** @file `gnvpro export`: a model as a file that other programs run. */
import { basename, extname } from 'node:path';
import { GnvproError } from '../../errors.js';
import type { OnnxOptions } from '../../export/onnx/onnx.js';
import { checkWritable, type FileContent, writeAtomically } from '../../files/atomic.js';
import { Model } from '../../model/model.js';

export interface ExportCommand extends OnnxOptions {
  readonly model: string;
  readonly out: string;
  /** Of the functions in C; default: that of the file. */
  readonly name?: string;
}

interface Target {
  /** The options that it takes. */
  readonly options: readonly (keyof ExportCommand)[];
  make(model: Model, command: ExportCommand): FileContent | Promise<FileContent>;
}

const targets: Readonly<Record<string, Target>> = {
  '.onnx': {
    options: ['precision', 'probabilities'],
    make: (model, { precision, probabilities }) => model.toOnnx({ precision, probabilities }),
  },
  '.c': { options: ['name'], make: (model, { name, out }) => model.toC({ name: name ?? identifierOf(out) }) },
  '.mjs': { options: [], make: (model) => model.toModule() },
};

export async function exportCommand(command: ExportCommand): Promise<number> {
  const { model: path, out } = command;
  const target = targetOf(out, command);
  await checkWritable(out);
  using model = await Model.load(path);
  await writeAtomically(out, await target.make(model, command));
  return 0;
}

function targetOf(out: string, command: ExportCommand): Target {
  const extension = extname(out).toLowerCase();
  const target = targets[extension];
  if (target === undefined) {
    const known = Object.keys(targets).join(', ');
    throw new GnvproError('ERR_EXPORT', `Expected a file to write that ends in one of ${known} but received ${out}.`);
  }
  for (const option of ['precision', 'probabilities', 'name'] as const) {
    if (command[option] === undefined || target.options.includes(option)) continue;
    const takers = Object.keys(targets).filter((other) => targets[other].options.includes(option));
    throw new GnvproError('ERR_OPTION', `Expected --${option} for a ${takers.join()} file only, not for ${extension}.`);
  }
  return target;
}

/** The name of the file without what functions in C cannot be called. */
function identifierOf(out: string): string {
  const name = basename(out, extname(out)).replace(/\W+/g, '_');
  return /^[A-Za-z]/.test(name) ? name : `model${name === '_' ? '' : `_${name.replace(/^_+/, '')}`}`;
}
