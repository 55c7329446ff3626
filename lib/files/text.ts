/** @file The text of a file in pieces of UTF-8, whatever its byte order mark says, and the check that it is text. */
import { isUtf8 } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { fileError } from './fileError.js';

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** The byte order marks of files of Windows; without one a text is UTF-8. */
const marks: readonly { readonly encoding: Encoding; readonly mark: Buffer }[] = [
  { encoding: 'utf-8', mark: Buffer.of(0xef, 0xbb, 0xbf) },
  { encoding: 'utf-16le', mark: Buffer.of(0xff, 0xfe) },
  { encoding: 'utf-16be', mark: Buffer.of(0xfe, 0xff) },
];

/** The encoding that the first bytes name, and how many of them do. */
export function encodingOf(begin: Buffer): { encoding: Encoding; length: number } {
  const found = marks.find(({ mark }) => begin.subarray(0, mark.length).equals(mark));
  return found === undefined
    ? { encoding: 'utf-8', length: 0 }
    : { encoding: found.encoding, length: found.mark.length };
}

/** The text of the file as UTF-8 without byte order mark. Pieces of UTF-8 are as they lie in the file, unchecked. */
export async function* textOf(handle: FileHandle, file: string): AsyncGenerator<Buffer> {
  const begin = Buffer.alloc(3);
  const { bytesRead } = await handle.read(begin, 0, begin.length, 0);
  const { encoding, length } = encodingOf(begin.subarray(0, bytesRead));
  const pieces = piecesOf(handle, length);
  yield* encoding === 'utf-8' ? pieces : recoded(pieces, encoding, file);
}

/** Pieces of a file without a stream of Node's, which closes the handle when something goes wrong. */
async function* piecesOf(handle: FileHandle, start: number): AsyncGenerator<Buffer> {
  for (let position = start; ; ) {
    const piece = Buffer.allocUnsafe(2 ** 18);
    const { bytesRead } = await handle.read(piece, 0, piece.length, position);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    position += bytesRead;
  }
}

async function* recoded(pieces: AsyncGenerator<Buffer>, encoding: Encoding, file: string): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const decode = (piece?: Buffer) => {
    try {
      return Buffer.from(decoder.decode(piece, { stream: piece !== undefined }));
    } catch (cause) {
      throw fileError(`Expected UTF-16 text in ${file}, as its byte order mark says, but it is none.`, cause);
    }
  };
  for await (const piece of pieces) yield decode(piece);
  yield decode();
}

const [lf, cr] = [0x0a, 0x0d];

/** Checks a text that comes in pieces, and counts its lines. */
export class TextCheck {
  /** Ends of lines so far, of each kind. */
  readonly ends = { '\n': 0, '\r\n': 0, '\r': 0 };
  /** A carriage return at the end of the last piece: alone, or half of an end. */
  #open = false;
  /** The bytes of a character that the last piece did not end. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(readonly file: string) {}

  /** @throws GnvproError ERR_DATA_FILE for bytes that are no UTF-8, and for NUL bytes, with their line */
  add(piece: Buffer): void {
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const end = characterEnd(bytes);
    this.#check(bytes.subarray(0, end));
    this.#rest = bytes.subarray(end);
    this.#count(piece);
  }

  /** Ends after the last piece. Throws as `add`. */
  finish(): void {
    this.#check(this.#rest);
    if (this.#open) this.ends['\r']++;
    this.#open = false;
  }

  /** Ends of lines so far. */
  get count(): number {
    return this.ends['\n'] + this.ends['\r\n'] + this.ends['\r'];
  }

  #check(bytes: Buffer): void {
    if (isUtf8(bytes) && !bytes.includes(0)) return;
    let line = this.count + 1 + Number(this.#open && bytes[0] !== lf);
    // No end of a line is a part of a longer character, so that each line is text by itself.
    for (const text of linesOf(bytes)) {
      if (text.includes(0) || !isUtf8(text)) throw this.#refused(line, text.includes(0));
      line++;
    }
  }

  #refused(line: number, isNul: boolean): Error {
    const [found, cure] = isNul
      ? ['a NUL byte', 'Perhaps it is UTF-16 without a byte order mark, or no text; save it as UTF-8.']
      : ['bytes that are none', 'Save it as UTF-8, or convert it: iconv -f ISO-8859-1 -t UTF-8.'];
    return fileError(`Expected text in UTF-8 in ${this.file} but line ${line} has ${found}. ${cure}`);
  }

  #count(piece: Buffer): void {
    if (piece.length === 0) return;
    const { ends } = this;
    if (this.#open) ends[piece[0] === lf ? '\r\n' : '\r']++;
    const skip = Number(this.#open && piece[0] === lf);
    this.#open = piece[piece.length - 1] === cr;
    for (let at = piece.indexOf(cr, skip); at !== -1 && at < piece.length - 1; at = piece.indexOf(cr, at + 1)) {
      ends[piece[at + 1] === lf ? '\r\n' : '\r']++;
    }
    for (let at = piece.indexOf(lf, skip); at !== -1; at = piece.indexOf(lf, at + 1)) {
      if (at === 0 || piece[at - 1] !== cr) ends['\n']++;
    }
  }
}

/** The place where the last character begins, if it has several bytes: it may be one of which more follows. */
function characterEnd(bytes: Buffer): number {
  for (let at = bytes.length - 1; at >= Math.max(0, bytes.length - 4); at--) {
    if (bytes[at] < 0x80) return bytes.length;
    if (bytes[at] >= 0xc0) return at;
  }
  return bytes.length;
}

function* linesOf(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== lf && !(bytes[at] === cr && bytes[at + 1] !== lf)) continue;
    yield bytes.subarray(start, at + 1);
    start = at + 1;
  }
  yield bytes.subarray(start);
}
