/** @file The file of an ensemble: what the files of its members hold, in one container. */
import { GnvproError } from '../errors.js';
import { version } from '../version.js';
import { damaged, pack, type StoredArray, unpack } from './container.js';

/** Before the names of the arrays stands the number of their member. */
export function joinFiles(files: readonly Uint8Array[]): Uint8Array {
  const all = files.map(unpack);
  const arrays = all.flatMap(({ arrays }, k) => [...arrays].map(([name, array]) => [`${k}/${name}`, array] as const));
  return pack({ header: { gnvpro: version, members: all.map(({ header }) => header) }, arrays: new Map(arrays) });
}

/** Whether the file is that of an ensemble. Throws ERR_MODEL_FILE where it is of neither. */
export function isEnsembleFile(bytes: Uint8Array): boolean {
  return unpack(bytes).header.members !== undefined;
}

/** The files of the members. Throws ERR_MODEL_FILE for what `joinFiles` did not make. */
export function splitFile(bytes: Uint8Array): Uint8Array[] {
  const { header, arrays } = unpack(bytes);
  const { members } = header;
  if (members === undefined)
    throw new GnvproError('ERR_MODEL_FILE', 'This is the file of a single model: read it by Model.load.');
  if (!Array.isArray(members) || members.length === 0) throw damaged('it has no members');
  return members.map((member, k) => pack({ header: Object(member), arrays: new Map(arraysOf(arrays, k)) }));
}

function arraysOf(arrays: ReadonlyMap<string, StoredArray>, k: number): [string, StoredArray][] {
  const prefix = `${k}/`;
  return [...arrays].flatMap(([name, array]): [string, StoredArray][] =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), array]] : [],
  );
}
