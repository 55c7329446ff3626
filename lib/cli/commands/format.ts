/** @file Whom a command talks to: people or programs. */

/** `auto`: text on a terminal, JSON elsewhere. `none`: errors only. */
export const formats = ['auto', 'text', 'json', 'none'] as const;
export type Format = (typeof formats)[number];

export function isJson(format: Format): boolean {
  return format === 'json' || (format === 'auto' && !process.stdout.isTTY);
}
