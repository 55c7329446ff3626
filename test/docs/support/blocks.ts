/** @file The blocks between fences of a page. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../support/scripts.js';

export interface Block {
  /** Of its opening fence, from 1. */
  readonly line: number;
  /** The first word behind the fence; empty for output. */
  readonly language: string;
  /** What stands behind the language: why a block is not run. */
  readonly remark: string;
  readonly code: string;
}

export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(\w*)[ ]*(.*)\n([\s\S]*?)^```$/gm)].map(
    ({ index, 1: language, 2: remark, 3: code }) => ({
      line: text.slice(0, index).split('\n').length,
      language,
      remark,
      code,
    }),
  );
}
