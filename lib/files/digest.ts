/** @file Digests that tell whether a file is the one that was meant. */
import { createHash } from 'node:crypto';

/** SHA-256, lower-case hexadecimal; of text, that of its UTF-8. */
export function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
