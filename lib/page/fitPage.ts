/** @file A fit as one HTML page: how good, how sure, which inputs matter, when not to trust it. No script, no network. */

import { section } from './figure.js';
import type { FitDocument } from './fitDocument.js';
import { type Html, html } from './html.js';
import { pageOf } from './page.js';
import { dataTable } from './resultTable.js';

/** The page; the same document gives the same bytes. */
export function renderFit({ title, summary, sections, facts }: FitDocument): string {
  const body = sections.map(({ title, texts, tables, bars }) =>
    section(
      title,
      html`${listOf(texts)}${tables.map((table) => html`${dataTable(table)}${notesOf(table.notes)}`)}${bars === null ? null : barChart(bars)}`,
    ),
  );
  const list = facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`);
  const content = html`${body}
${section('How it was made', html`<dl class="facts">${list}</dl>`)}`;
  return pageOf({ title, summary }, content);
}

function listOf(texts: readonly string[]): Html | null {
  if (texts.length === 0) return null;
  return html`<ul>${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function notesOf(notes: readonly string[]): Html[] {
  return notes.map((note) => html`<p class="note">${note}</p>`);
}

const [barHeight, barStep, labelWidth, chartWidth] = [14, 22, 240, 640];

/** Horizontal bars of shares, the largest first. */
function barChart({ label, shares }: NonNullable<FitDocument['sections'][number]['bars']>): Html {
  const most = Math.max(...shares.map(({ share }) => share), 1e-300);
  const rows = shares.map(({ name, share, text }, i) => {
    const y = i * barStep;
    const width = (((chartWidth - labelWidth - 70) * share) / most).toFixed(1);
    const middle = y + barHeight - 3;
    return html`<text x="${labelWidth - 8}" y="${middle}" text-anchor="end" font-size="13" fill="currentColor">${name}</text><rect x="${labelWidth}" y="${y}" width="${width}" height="${barHeight}" fill="var(--series-1)"/><text x="${(labelWidth + Number(width) + 6).toFixed(1)}" y="${middle}" font-size="13" fill="currentColor">${text}</text>`;
  });
  return html`<figure><svg role="img" aria-label="${label}" viewBox="0 0 ${chartWidth} ${shares.length * barStep}" style="max-width:${chartWidth}px">${rows}</svg><figcaption>${label}</figcaption></figure>`;
}
