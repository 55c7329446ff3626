/** @file `gnvpro report`: a page about a finished training. */
import { join } from 'node:path';
import { checkWritable, writeAtomically } from '../../files/atomic.js';
import { loadRenderer } from '../../page/load.js';
import { onInterrupt } from '../interrupt.js';
import { answer, remark } from '../output.js';
import { documentOf, type PageOptions } from '../page/document.js';
import { readResults } from '../savedResults.js';

export interface ReportCommand extends PageOptions {
  readonly folder: string;
  /** Default: report.html in the folder. */
  readonly out?: string;
  readonly threads?: number;
}

export async function reportCommand({ folder, out, threads, ...options }: ReportCommand): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const render = await loadRenderer(); // before any work: it may be missing
  const results = await readResults(folder);
  const path = out ?? join(folder, 'report.html');
  const target = await checkWritable(path);
  const document = await documentOf(results, folder, options, { signal, threads });
  signal.throwIfAborted();
  await writeAtomically(path, render(document));
  for (const text of document.missing) remark(text);
  if (target.kind !== 'standardStream') answer(path);
  return 0;
}
