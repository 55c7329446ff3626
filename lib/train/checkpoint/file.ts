/** @file A checkpoint as the bytes of a file, and back. */
import { Container, type StoredArray } from '../../files/container.js';
import { isPlain } from '../../validate/depth.js';
import type { Checkpoint } from '../schedule/schedule.js';
import type { Fingerprint } from './fingerprint.js';
import { fromJson, toJson } from './plain.js';

/** What a checkpoint file holds. */
export interface Stored {
  readonly fingerprint: Fingerprint;
  /** Whether the training came to its end: then its schedule has all that it asks for. */
  readonly isEnd: boolean;
  readonly checkpoint: Checkpoint;
}

export const checkpoints = new Container({
  letters: 'GNC',
  version: 1,
  noun: 'checkpoint',
  code: 'ERR_CHECKPOINT',
  cures: {
    empty: 'Remove it, or begin anew with resume: false.',
    damaged: 'Use another copy of it, or begin anew with resume: false.',
    newer: 'Go on with the version that wrote it, or begin anew with resume: false.',
  },
});

/** Arrays that are the same are stored once: the last point is often the best, too. */
export function encodeCheckpoint({ fingerprint, isEnd, checkpoint }: Stored): Uint8Array {
  const numbers = new Map<Float64Array, number>();
  const training = toJson(checkpoint, numbers);
  const arrays = [...numbers].map(([data, k]): [string, StoredArray] => [String(k), { shape: [data.length], data }]);
  return checkpoints.pack({ header: { fingerprint, isEnd, training }, arrays: new Map(arrays) });
}

/** Throws ERR_CHECKPOINT, whatever is wrong with the bytes. */
export function decodeCheckpoint(bytes: Uint8Array): Stored {
  const { header, arrays } = checkpoints.unpack(bytes);
  const { fingerprint, isEnd, training } = header;
  const damaged = (found: string) => checkpoints.damaged(found);
  if (!isPlain(fingerprint) || typeof isEnd !== 'boolean') throw damaged('it does not say what it is of');
  const numbers = Array.from(arrays.keys(), (_, k) => arrays.get(String(k))?.data);
  const checkpoint = fromJson(training, numbers as Float64Array[], damaged);
  if (!isCheckpoint(checkpoint)) throw damaged('it has not the parts of a training');
  return { fingerprint: fingerprint as Fingerprint, isEnd, checkpoint };
}

/** Its checksum shows that it is what was written; this, that a checkpoint was. */
function isCheckpoint(value: unknown): value is Checkpoint {
  const { done, standing, journal } = (value ?? {}) as Record<string, unknown>;
  const has = (owner: unknown, ...names: string[]) =>
    isPlain(owner) && names.every((name) => Object.hasOwn(owner, name));
  return (
    Array.isArray(done) &&
    done.every(
      (one) => has(one, 'result', 'mark') && has(one.result, 'stop', 'last', 'best') && has(one.mark, 'records'),
    ) &&
    (standing === null || has(standing, 'theta', 'W', 'memory', 'best', 'counts')) &&
    has(journal, 'records', 'workUnits', 'timings', 'memoryBytes', 'seconds') &&
    Array.isArray((journal as { records: unknown }).records)
  );
}
