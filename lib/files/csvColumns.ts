/** @file The chosen columns of a .csv file, gathered line by line. */
import { type ChosenColumns, chooseColumns, columnsKnown, type KnownNames, soughtNames } from './columns.js';
import { type Contents, type Header, readHeader } from './csvHeader.js';
import { type Content, delimiterHint, eachLine, empty, type Line, survey } from './csvLines.js';
import { fileError } from './fileError.js';
import { withFile } from './reading.js';
import type { FileSource } from './source.js';

interface Gatherer<R> {
  add(line: Line): void;
  finish(): R;
}

/** What a gatherer makes of the lines below the header; the names of its columns, and a word on how it was read. */
export async function gatherColumns<R>(
  { file, columns, header: given, delimiter = ',' }: FileSource,
  of: Contents,
  known: KnownNames,
  start: (chosen: ChosenColumns, header: Header, content: Content) => Gatherer<R>,
): Promise<{ readonly result: R; readonly names: readonly string[] | null; readonly note: string | null }> {
  return withFile(file, async (handle) => {
    const content = await survey(handle, file, delimiter);
    const header = await readHeader(content, given, of, soughtNames(columns ?? null, known));
    if (header === null) throw empty(file);
    const { names, note } = header;
    const chosen = chooseColumns(columns ?? (names && columnsKnown(known, names, file)), header.columns, names, file);
    const gatherer = start(chosen, header, content);
    let rows = names === null ? 0 : -1;
    await eachLine(content, (line) => {
      if (rows++ === -1) return undefined;
      checkFields(line, header, content);
      gatherer.add(line);
      return undefined;
    });
    if (rows < 1) throw onlyHeader(of, header, content);
    return { result: gatherer.finish(), names: names && chosen.ranges.flatMap((range) => names.slice(...range)), note };
  });
}

/** @throws GnvproError ERR_DATA_FILE for a line with more or fewer fields than the first */
function checkFields({ fields, line }: Line, { columns, names }: Header, { file, delimiter }: Content): void {
  if (fields.length === columns) return;
  throw fileError(
    `Expected ${columns} fields in line ${line} of ${file}, as in the first, but received ${fields.length}.` +
      delimiterHint([...(names ?? []), ...fields], delimiter),
  );
}

function onlyHeader(of: Contents, { names }: Header, { file, delimiter }: Content): Error {
  const hint = delimiterHint(names ?? [], delimiter);
  return fileError(`Expected lines of ${of} in ${file} but it has only a header.${hint}`);
}
