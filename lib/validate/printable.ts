/**
 * @file Text for terminals. Names come from files of strangers: their control characters would move the cursor, recolour
 * or retitle the window, and marks of direction would reorder what is read.
 */

/** C0 but for tab and line feed, DEL, C1; marks of direction; separators of lines and paragraphs. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** The text with control characters as `\u001b`, as JSON writes them, so that JSON stays what it is. */
export function printable(text: string): string {
  return text.replace(controls, escaped);
}

/** The same of a name, which has no lines either. */
export function printableName(name: string): string {
  return printable(name).replace(/[\t\n]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
