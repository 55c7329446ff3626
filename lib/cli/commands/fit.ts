/** @file `gnvpro fit`: a table in; a model, what it is worth, and a page about it out. */
import { join } from 'node:path';
import { checkWritable, writeTogether } from '../../files/atomic.js';
import { digest } from '../../files/digest.js';
import { makeFolder } from '../../files/folder.js';
import { type FitProgress, fit } from '../../fit/fit.js';
import type { FitResult } from '../../fit/result.js';
import type { AnyMetrics } from '../../loss/meaning.js';
import { machineFacts } from '../../machine.js';
import { renderFit } from '../../page/fitPage.js';
import { version } from '../../version.js';
import { exit } from '../exit.js';
import { type FitChoice, readFitData } from '../fitData.js';
import { describeFit, fitDocument } from '../fitText.js';
import { Interruption, onInterrupt } from '../interrupt.js';
import { type Format, isJson, log, remark } from '../output.js';
import { fileNames } from '../results.js';

export interface FitCommand extends FitChoice {
  readonly file: string;
  readonly out: string;
  readonly seed?: number;
  readonly threads?: number;
  readonly header?: boolean;
  readonly delimiter?: string;
  readonly format: Format;
}

const page = 'report.html';

/** Returns the exit code; throws what the user has to be told. */
export async function fitCommand(command: FitCommand): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const { file, out, targets, inputs, as, seed, threads, header, delimiter, format } = command;
  const started = new Date();
  await makeFolder(out);
  const names = [fileNames.model, fileNames.report, page];
  for (const name of names) await checkWritable(join(out, name));
  const source = {
    file,
    ...(header === undefined ? {} : { header }),
    ...(delimiter === undefined ? {} : { delimiter }),
  };
  const data = await readFitData(source, { targets, as, ...(inputs && { inputs }) });
  signal.throwIfAborted();
  const { model, result } = await fit<AnyMetrics>(data.inputs, data.targets, {
    ...{ as, names: data.names, signal, onProgress: progressOf(format) },
    ...(seed === undefined ? {} : { seed }),
    ...(threads === undefined ? {} : { threads }),
  });
  const told: FitResult = { ...result, notes: [...data.notes, ...result.notes] };
  for (const note of told.notes) remark(note);
  const facts = { gnvpro: version, date: started.toISOString(), machine: machineFacts(), file };
  const bytes = model.toBytes();
  const { report, ...rest } = told;
  const { iterations: _, ...training } = report ?? { iterations: [] };
  const sha256 = { [fileNames.model]: digest(bytes) };
  const content = { ...facts, columns: data.names, sha256, ...rest, report: report === null ? null : training };
  const titles = data.names.targets ?? targets;
  await writeTogether([
    { path: join(out, fileNames.model), content: bytes },
    { path: join(out, page), content: renderFit(fitDocument(told, titles, facts)) },
    { path: join(out, fileNames.report), content: `${JSON.stringify(content, null, 2)}\n` },
  ]);
  if (isJson(format)) log(JSON.stringify({ event: 'done', ...rest, out }));
  else if (format !== 'none') log(describeFit(told, out));
  if (signal.aborted) console.error(`${(signal.reason as Error).message} The best model so far is saved.`);
  return signal.reason instanceof Interruption ? signal.reason.exitCode : exit.done;
}

function progressOf(format: Format): (progress: FitProgress) => void {
  if (isJson(format)) return (progress) => log(JSON.stringify({ event: 'progress', ...progress }));
  if (format === 'none' || !process.stderr.isTTY) return () => undefined;
  return ({ name, step }) => {
    const what = step === 'model' ? 'trains the model, ' : 'tried ';
    process.stderr.write(`\r\x1b[K${what}${name}${step === 'model' ? '\n' : ''}`);
  };
}
