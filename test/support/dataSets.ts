/** @file Made-up originals in the forms of the genuine ones. */
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import { matFile } from './matFile.js';

const side = 145;

/** Numbers 7 row + 13 column + 29 band, in 16 bits. */
export function pinesCube(bands: number): Buffer {
  const data = Uint16Array.from({ length: side * side * bands }, (_, i) => {
    return 7 * (i % side) + 13 * (Math.floor(i / side) % side) + 29 * Math.floor(i / side ** 2);
  });
  return matFile([{ name: 'indian_pines', shape: [side, side, bands], data }], { compress: true });
}

/** Labels (row + 2 column) mod 17; with `wrong` in row 3, column 2. */
export function pinesMap(wrong?: number): Buffer {
  const data = Uint8Array.from({ length: side * side }, (_, i) => ((i % side) + 2 * Math.floor(i / side)) % 17);
  if (wrong !== undefined) data[3 + side * 2] = wrong;
  return matFile([{ name: 'indian_pines_gt', shape: [side, side], data }], { compress: true });
}

export const classNames = 'airplane automobile bird cat deer dog frog horse ship truck';

/** The files of CIFAR-10 with so many records each. */
export function batches(records: number): Record<string, Uint8Array> {
  const names = [...[1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`), 'test_batch.bin'];
  const files = names.map((name, k) => {
    const bytes = Uint8Array.from({ length: 3073 * records }, (_, i) => {
      return i % 3073 === 0 ? (k + Math.floor(i / 3073)) % 10 : (7 * k + 11 * i) % 256;
    });
    return [name, bytes] as const;
  });
  const text = `${classNames.replaceAll(' ', '\n')}\n\n`;
  return { ...Object.fromEntries(files), 'batches.meta.txt': new TextEncoder().encode(text) };
}

/** Packed as the genuine archive: in a folder, in no order, with a page that nobody needs. */
export async function cifarArchive(files: Record<string, Uint8Array | undefined>): Promise<Buffer> {
  const entries = Object.entries({ ...files, 'readme.html': new TextEncoder().encode('<html></html>') });
  const tar = await packTar([
    { header: { name: 'cifar-10-batches-bin/', type: 'directory', size: 0 } },
    ...entries.reverse().flatMap(([name, body]) => {
      return body === undefined ? [] : [{ header: { name: `cifar-10-batches-bin/${name}`, size: body.length }, body }];
    }),
  ]);
  return gzipSync(tar, { level: 1 });
}
