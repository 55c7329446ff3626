/**
 * @file Inputs that guided fuzzing kept, a line of base64 each, in test/fuzz/corpus/NAME.txt. For a reader of files the
 * first byte is its option and the rest the file; for `program` see programBytes.ts.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const fileOf = (name: string) => fileURLToPath(new URL(`../corpus/${name}.txt`, import.meta.url));

export function readCorpus(name: string): Buffer[] {
  if (!existsSync(fileOf(name))) return [];
  const lines = readFileSync(fileOf(name), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => Buffer.from(line, 'base64'));
}

export function writeCorpus(name: string, inputs: readonly Buffer[]): void {
  const lines = inputs.map((input) => `${input.toString('base64')}\n`);
  writeFileSync(fileOf(name), lines.sort((a, b) => a.length - b.length || (a < b ? -1 : 1)).join(''));
}
