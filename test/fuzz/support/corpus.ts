/**
 * @file Inputs that guided fuzzing kept, a line of hexadecimal digits each, in test/fuzz/corpus/NAME.hex.br (Brotli,
 * since many are alike: `node -p "zlib.brotliDecompressSync(fs.readFileSync(FILE)).toString()"`). For a reader of files the first byte is its option and the rest the file; for `program` see programBytes.ts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';

const fileOf = (name: string) => fileURLToPath(new URL(`../corpus/${name}.hex.br`, import.meta.url));

export function readCorpus(name: string): Buffer[] {
  if (!existsSync(fileOf(name))) return [];
  const lines = brotliDecompressSync(readFileSync(fileOf(name)))
    .toString()
    .split('\n');
  return lines.filter((line) => line !== '').map((line) => Buffer.from(line, 'hex'));
}

/** Sorted by length: what is alike lies near, and is stored as little more than once. */
export function writeCorpus(name: string, inputs: readonly Buffer[]): void {
  const lines = inputs.map((input) => `${input.toString('hex')}\n`);
  const sorted = lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  writeFileSync(fileOf(name), brotliCompressSync(sorted.join('')));
}
