/**
 * @file The elements of a MATLAB file: a tag of type and length, then that many bytes. Up to four bytes of data may
 * stand inside the tag; elements inside of arrays end on multiples of eight.
 */

export interface Element {
  readonly type: number;
  readonly body: Uint8Array;
}

/** Goes through the elements of a piece of memory. Every length is checked against what there is. */
export class Elements {
  readonly #view: DataView;
  #at = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly little: boolean,
    readonly refuse: (found: string) => Error,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  next(what: string): Element {
    const rest = this.bytes.length - this.#at;
    if (rest < 8) throw this.refuse(`it ends before its ${what}`);
    const { type, length, start } = readTag(this.#view, this.#at, this.little);
    if (start === 4 && length > 4) throw this.refuse(`its ${what} has ${length} bytes in a tag that takes 4`);
    if (start + length > rest)
      throw this.refuse(`its ${what} is to have ${length} bytes, but ${rest - start} are left`);
    const body = this.bytes.subarray(this.#at + start, this.#at + start + length);
    this.#at = Math.min(this.bytes.length, this.#at + 8 * Math.ceil((start + length) / 8));
    return { type, body };
  }
}

export interface Tag {
  readonly type: number;
  readonly length: number;
  /** Where the data begin, from the beginning of the tag. */
  readonly start: 4 | 8;
}

export function readTag(view: DataView, at: number, little: boolean): Tag {
  const word = view.getUint32(at, little);
  if (word >>> 16 !== 0) return { type: word & 0xffff, length: word >>> 16, start: 4 };
  return { type: word, length: view.getUint32(at + 4, little), start: 8 };
}
