/**
 * @file A report as one HTML page that needs nothing beside itself: no script, no network, plots as SVG inside. Made with
 * Observable Plot, which is an optional dependency: commands get renderReport() from load.ts.
 */
import { calibrationSection } from './calibration.js';
import { confusionSection } from './confusion.js';
import { convergenceSection } from './convergence.js';
import type { ReportDocument } from './document.js';
import { evidenceSection } from './evidence.js';
import { fieldsSection } from './fields.js';
import { section } from './figure.js';
import { type Html, html } from './html.js';
import { imagesSection } from './images.js';
import { kernelsSection } from './kernels.js';
import { outputsSection } from './outputs.js';
import { pageOf } from './page.js';
import { reliabilitySection } from './reliability.js';
import { resultSection } from './resultTable.js';
import { mapSection } from './segmentation.js';
import { timingSection } from './timings.js';

/** The page; the same document gives the same bytes. Parts without data are left out. */
export function renderReport(document: ReportDocument): string {
  const { title, summary, table, choice, outputs, calibration, fields, map, images, kernels } = document;
  const { confusion, reliability, timings } = document;
  const body = html`${choice && section('The choice of the method', html`<p><strong>${choice.took}</strong>: ${choice.why}</p>`)}
${table && resultSection(table)}
${convergenceSection(document)}
${evidenceSection(document)}
${outputs && outputsSection(outputs)}
${calibration && calibrationSection(calibration)}
${fields.length > 0 ? fieldsSection(fields) : null}
${map && mapSection(map)}
${images && imagesSection(images)}
${confusion && confusionSection(confusion)}
${reliability && reliabilitySection(reliability)}
${kernels && kernelsSection(kernels)}
${timings.length > 0 ? timingSection(document) : null}
${missingSection(document)}
${provenanceSection(document)}`;
  return pageOf({ title, summary }, body, '; img-src data:');
}

function missingSection({ missing }: ReportDocument): Html | null {
  if (missing.length === 0) return null;
  return section('What is not shown', html`<ul>${missing.map((text) => html`<li>${text}</li>`)}</ul>`);
}

function provenanceSection({ facts, options }: ReportDocument): Html {
  const list = facts.map(({ label, value }) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`);
  const json = JSON.stringify(options, null, 2) ?? 'null';
  return section(
    'How it was made',
    html`<dl class="facts">${list}</dl><details><summary>Options</summary><pre tabindex="0">${json}</pre></details>`,
  );
}
