/** @file Model files changed on purpose, with the checksum that makes them look whole. */
import { createHash } from 'node:crypto';

export type Change = readonly [path: string, value: unknown];

export function withChecksum(changed: Uint8Array): Uint8Array {
  const body = changed.subarray(0, changed.length - 32);
  changed.set(createHash('sha256').update(body).digest(), body.length);
  return changed;
}

export function headerLength(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(12, true);
}

/** The file with another header text; the arrays stay. */
export function withHeader(bytes: Uint8Array, text: string): Uint8Array {
  const length = Math.ceil(Buffer.byteLength(text) / 8) * 8;
  const parts = [bytes.subarray(0, 24), Buffer.alloc(length, ' '), bytes.subarray(24 + headerLength(bytes))];
  parts[1].set(Buffer.from(text));
  const changed = Uint8Array.from(Buffer.concat(parts));
  const view = new DataView(changed.buffer);
  view.setUint32(12, length, true);
  view.setBigUint64(16, BigInt(changed.length), true);
  return withChecksum(changed);
}

/**
 * The file with values of its header replaced (undefined: removed). A step of a path that is no number picks the first
 * entry of that operation or name from a list: `program.instructions.matmul.ta`.
 */
export function forged(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  const header = JSON.parse(Buffer.from(bytes.subarray(24, 24 + headerLength(bytes))).toString());
  for (const [path, value] of changes) set(header, path.split('.'), value);
  return withHeader(bytes, JSON.stringify(header));
}

type Tree = { [key: string]: Tree };

function set(tree: Tree, [step, ...rest]: readonly string[], value: unknown): void {
  const list = tree as unknown as { op?: string; name?: string }[];
  const found = Array.isArray(tree) && Number.isNaN(Number(step));
  const key = found ? String(list.findIndex(({ op, name }) => op === step || name === step)) : step;
  if (rest.length > 0) set(tree[key], rest, value);
  else tree[key] = value as Tree;
}
