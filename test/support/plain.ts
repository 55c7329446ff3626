/** @file Plain arrays, numbers and texts through JSON, to the bit: what JSON has no word for has one here. */

/** Typed arrays as their bytes; numbers that JSON rounds to null or 0 as texts. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Float64Array) return { float64: Buffer.from(part.slice().buffer).toString('base64') };
    if (typeof part === 'number' && (!Number.isFinite(part) || Object.is(part, -0))) return { number: text(part) };
    if (isPlain(part)) return part;
    throw new TypeError(`Expected what is plain but received ${String(part)}.`);
  });
}

const text = (number: number) => (Object.is(number, -0) ? '-0' : String(number));

function isPlain(part: unknown): boolean {
  if (part === null || part === undefined || typeof part !== 'object') return typeof part !== 'function';
  return Array.isArray(part) || Object.getPrototypeOf(part) === Object.prototype;
}

export function fromText(content: string): unknown {
  return JSON.parse(content, (_, part: unknown) => {
    if (part === null || typeof part !== 'object') return part;
    if ('float64' in part) {
      const bytes = Buffer.from(part.float64 as string, 'base64');
      return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    }
    return 'number' in part ? Number(part.number) : part;
  });
}
