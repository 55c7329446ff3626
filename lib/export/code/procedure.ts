/**
 * @file Procedures in words that C and JavaScript share: a body is a module's as well once `let` stands for its types.
 * What only one of the languages has (arrays, heads, what is exported) is theirs: c.ts and module.ts.
 */

export interface Procedure {
  readonly name: string;
  /** As C declares them, e.g. `const double *x`. */
  readonly parameters: readonly string[];
  /** Arrays of doubles of its own. */
  readonly buffers: readonly Buffer[];
  readonly lines: readonly string[];
}

export interface Buffer {
  readonly name: string;
  readonly length: number;
}

/** Of a parameter. */
export function nameOf(parameter: string): string {
  return parameter.slice(parameter.search(/\w+$/));
}

/** A number that both languages read as this one, and not as an integer. */
export function literal(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** Entries with commas between them, in lines of at most 120 characters. */
export function entries(texts: Iterable<string>): string {
  const lines: string[] = [];
  let line = ' ';
  for (const text of texts) {
    if (line.length + text.length > 118) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${text},`;
  }
  return [...lines, line].join('\n');
}

export function indented(lines: readonly string[]): string {
  return lines.map((line) => `  ${line}\n`).join('');
}
