/** @file The renderer, loaded when a page is wanted: the plotting library is optional, and takes a while to start. */
import { GnvproError } from '../errors.js';
import type { ReportDocument } from './document.js';

/** Throws ERR_PLOT_MISSING where the optional packages were not installed. */
export async function loadRenderer(): Promise<(document: ReportDocument) => string> {
  try {
    return (await import('./render.js')).renderReport;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new GnvproError(
      'ERR_PLOT_MISSING',
      `A report page needs the optional packages @observablehq/plot, linkedom and pngjs, which are not all installed (${message}). ` +
        'Install gnvpro without --omit=optional, or these packages.',
      { cause },
    );
  }
}
