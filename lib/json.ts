/** @file JSON that people wrote or edited: its encoding, and the line and column of a mistake. */
import { isUtf8 } from 'node:buffer';
import { GnvproError } from './errors.js';
import { encodingOf } from './files/text.js';

/**
 * The value of a text in UTF-8, with or without byte order mark. `place` is what messages call it, `first` the number of
 * its first line there.
 *
 * @throws GnvproError `code`
 */
export function parseJson(content: string | Uint8Array, place: string, code: string, first = 1): unknown {
  const text = (typeof content === 'string' ? content : decoded(content, place, code)).replace(/^\ufeff/, '');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { message } = cause as Error;
    const at = lineAndColumn(text, positionOf(message, text), first);
    throw new GnvproError(code, `Expected JSON in ${place}${at}: ${message}.`, { cause });
  }
}

function decoded(content: Uint8Array, place: string, code: string): string {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const { encoding } = encodingOf(bytes);
  // JSON begins with ASCII: in UTF-16 a NUL is beside it.
  if (encoding !== 'utf-8' || bytes.subarray(0, 2).includes(0)) {
    throw new GnvproError(code, `Expected JSON in UTF-8 in ${place} but it is UTF-16. Save it as UTF-8.`);
  }
  if (isUtf8(bytes)) return bytes.toString();
  const line = bytes
    .toString('latin1')
    .split('\n')
    .findIndex((text) => !isUtf8(Buffer.from(text, 'latin1')));
  throw new GnvproError(
    code,
    `Expected JSON in UTF-8 in ${place} but line ${line + 1} has bytes that are none. Save it as UTF-8.`,
  );
}

function lineAndColumn(text: string, position: number, first: number): string {
  const before = text.slice(0, position).split('\n');
  return `, line ${first - 1 + before.length}, column ${before[before.length - 1].length + 1}`;
}

/** Most messages of the parser tell it. */
function positionOf(message: string, text: string): number {
  const position = /position (\d+)/.exec(message)?.[1];
  return position === undefined ? missingValueAt(text) : Number(position);
}

const token = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^[\]{},:"\s]+/g;
const value = /^("|[[{]|(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)$)/;

/**
 * The others are of what stands where a value is due: at the start, and behind [ , and : as all before is right. The
 * length of a text that only ends too early.
 */
function missingValueAt(text: string): number {
  let before = ',';
  for (const { 0: found, index } of text.matchAll(token)) {
    const isEmptyArray = before === '[' && found === ']';
    if ('[,:'.includes(before) && !isEmptyArray && !value.test(found)) return index;
    before = found;
  }
  return text.length;
}
