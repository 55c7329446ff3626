/** @file `gnvpro data`: data sets of others, downloaded and made into files for training. */
import { join } from 'node:path';
import { type DataSet, dataSets, type Prepared, prepare } from '../../datasets/index.js';
import { checkOneOf } from '../../validate/check.js';
import { downloadBar, downloadLines, silentDownload } from '../downloads.js';
import { Interruption, onInterrupt } from '../interrupt.js';
import { byteCount } from '../numbers.js';
import { answer, type Format, isJson, log } from '../output.js';
import { table } from '../text.js';

export interface DataCommand {
  readonly name?: string;
  readonly from?: string;
  readonly out?: string;
  readonly checksum: boolean;
  /** Seconds that a server may be silent. */
  readonly timeout: number;
  readonly format: Format;
}

export async function dataCommand(command: DataCommand): Promise<number> {
  const { name, format } = command;
  if (name === undefined) {
    list(format);
    return 0;
  }
  checkOneOf(
    name,
    'the data set',
    dataSets.map((dataSet) => dataSet.name),
  );
  return bring(dataSets.find((dataSet) => dataSet.name === name) as DataSet, command);
}

function list(format: Format): void {
  if (isJson(format)) answer(JSON.stringify(dataSets.map(described)));
  else answer(dataSets.map(paragraph).join('\n\n'));
}

function described({ name, title, authors, page, terms, originals }: DataSet) {
  return { name, title, authors, page, terms, originals };
}

function paragraph({ name, title, authors, page, terms, originals }: DataSet): string {
  const rows = [
    ['  authors', authors],
    ['  page', page],
    ['  terms', terms],
    ...originals.map(({ address, bytes, sha256 }) => {
      return ['  file', `${address} (${sha256 === null ? 'about ' : ''}${byteCount(bytes)})`];
    }),
  ];
  return `${name}: ${title}\n${rows.map(([key, value]) => `${key.padEnd(11)}${value}`).join('\n')}`;
}

async function bring(dataSet: DataSet, { from, out, checksum, timeout, format }: DataCommand): Promise<number> {
  using interrupt = onInterrupt();
  const { signal } = interrupt;
  const folder = out ?? dataSet.name;
  if (isJson(format)) log(JSON.stringify({ event: 'source', ...described(dataSet) }));
  else if (format !== 'none') log(`${paragraph(dataSet)}\n`);
  const progress = isJson(format) ? downloadLines() : barOrNothing(format);
  try {
    const options = { folder, from, checksum, idleSeconds: timeout, signal, onProgress: progress.show };
    tell(await prepare(dataSet, options), folder, format);
    return 0;
  } catch (error) {
    if (!(error instanceof Interruption)) throw error;
    progress.end();
    console.error(`${error.message} What was downloaded is kept: the same command goes on from there.`);
    return error.exitCode;
  } finally {
    progress.end();
  }
}

function barOrNothing(format: Format) {
  return format === 'none' || !process.stderr.isTTY ? silentDownload : downloadBar();
}

function tell({ source, reused }: Prepared, folder: string, format: Format): void {
  if (isJson(format)) log(JSON.stringify({ event: 'done', reused, ...source, out: folder }));
  else if (format !== 'none') log(describe(source, folder, reused));
}

function describe({ originals, files }: Prepared['source'], folder: string, reused: boolean): string {
  const columns = table(files.map(({ file, shape, dtype }) => [join(folder, file), shape.join(' × '), dtype])).split(
    '\n',
  );
  const lines = files.map(({ content }, i) => `${columns[i]}  ${content}`);
  const sums = originals.map(({ file, bytes, sha256, checksum }) => {
    return [file, byteCount(bytes), `SHA-256 ${sha256}`, checksumWords[checksum]];
  });
  return [...(reused ? ['Already here, with the checksums of source.json.'] : []), ...lines, '', table(sums)].join(
    '\n',
  );
}

const checksumWords = {
  asKnown: 'as known',
  notKnown: 'recorded (none is published)',
  differs: 'not the known one',
} as const;
