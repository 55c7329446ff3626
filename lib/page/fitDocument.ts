/** @file What the page of a fit shows, as plain data. */
import type { Fact, ResultTable } from './document.js';

export interface FitSection {
  readonly title: string;
  readonly texts: readonly string[];
  readonly tables: readonly (ResultTable & { readonly label: string })[];
  readonly bars: {
    readonly label: string;
    readonly shares: readonly { readonly name: string; readonly share: number; readonly text: string }[];
  } | null;
}

export interface FitDocument {
  readonly title: string;
  /** The result first. */
  readonly summary: readonly string[];
  readonly sections: readonly FitSection[];
  readonly facts: readonly Fact[];
}
