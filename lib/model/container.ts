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

export const damaged = (found: string, cause?: unknown) => models.damaged(found, cause);
