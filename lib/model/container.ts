/** @file The container of model files. */
import { Container, type Contents } from '../files/container.js';

export type { Contents, StoredArray } from '../files/container.js';

export const formatVersion = 1;

const models = new Container({
  letters: 'GNV',
  version: formatVersion,
  noun: 'model file',
  code: 'ERR_MODEL_FILE',
  cures: {
    empty: 'Save the model again.',
    damaged: 'Use another copy of it, or train and save the model again.',
    newer: 'Update gnvpro, or save the model with this version.',
  },
});

export const pack = (contents: Contents): Uint8Array => models.pack(contents);

/** Throws ERR_MODEL_FILE for everything that `pack` did not write. Allocates nothing larger than `bytes`. */
export const unpack = (bytes: Uint8Array): Contents => models.unpack(bytes);

<<<<<<< HEAD
export const damaged = (found: string, cause?: unknown) => models.damaged(found, cause);
=======
/** The length of the header, after all checks that need no parsing. */
function checkPreamble(bytes: Uint8Array): number {
  const begun = Math.min(bytes.length, magic.length);
  if (begun === 0) throw modelFileError('The model file is empty. Save the model again.');
  for (let i = 0; i < begun; i++) {
    if (bytes[i] !== magic[i]) {
      throw modelFileError('This is not a gnvpro model file: it does not begin with the mark of one. Check the path.');
    }
  }
  if (bytes.length < preambleLength + checksumLength) throw damaged(`it ends after ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(8, true);
  if (version > formatVersion) {
    throw modelFileError(
      `The model file has format ${version}, but this gnvpro reads formats up to ${formatVersion}. Update gnvpro, or save the model with this version.`,
    );
  }
  const length = view.getBigUint64(16, true);
  if (length !== BigInt(bytes.length)) throw damaged(`it should have ${length} bytes but has ${bytes.length}`);
  if (Buffer.compare(checksum(bytes), bytes.subarray(bytes.length - checksumLength)) !== 0) {
    throw damaged('its checksum does not match its content');
  }
  const headerLength = view.getUint32(12, true);
  if (version < 1 || headerLength % 8 !== 0 || preambleLength + headerLength + checksumLength > bytes.length) {
    throw damaged(`it names format ${version} and a header of ${headerLength} bytes`);
  }
  return headerLength;
}

function parseHeader(text: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch (cause) {
    throw damaged('its header is not JSON', cause);
  }
  if (header === null || typeof header !== 'object' || Array.isArray(header)) throw damaged('its header is no object');
  if (isTooDeep(header)) throw damaged(`its header is nested more than ${deepest} deep`);
  return header as Record<string, unknown>;
}

function readArray(data: Uint8Array, entry: unknown): { name: string; array: StoredArray } {
  const { name, shape, offset } = (entry ?? {}) as Record<string, unknown>;
  const isSize = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
  if (typeof name !== 'string' || !Array.isArray(shape) || !shape.every(isSize) || !isSize(offset)) {
    throw damaged('its table of arrays has an entry that is not one');
  }
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (!((offset as number) + 8 * count <= data.length)) {
    throw damaged(`its array ${show(name)} of shape ${shape.slice(0, 4).join(' × ')} reaches outside the file`);
  }
  return { name, array: { shape, data: readFloats(data, offset as number, count) } };
}

export function damaged(found: string, cause?: unknown): GnvproError {
  return modelFileError(
    `The model file is damaged: ${found}. Use another copy of it, or train and save the model again.`,
    cause,
  );
}

export function modelFileError(message: string, cause?: unknown): GnvproError {
  return new GnvproError('ERR_MODEL_FILE', message, cause === undefined ? undefined : { cause });
}
>>>>>>> 448808e (Many models: cross-validation, ensembles and a search by successive halving, over threads that each train one at a time)
