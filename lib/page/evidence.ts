/** @file How regularisation, noise and evidence were found, run by run. */
import * as Plot from '@observablehq/plot';
import type { EvidenceRecord } from '../evidence/record.js';
import type { ReportDocument, Trace } from './document.js';
import { figure, section } from './figure.js';
import { type Html, html } from './html.js';
import { extent, numberText } from './numbers.js';
import { axis, plot } from './plot.js';
import { legend, lineSample, lineStyle } from './styles.js';

interface Quantity {
  readonly label: string;
  readonly caption: string;
  readonly log: boolean;
  /** A line a number, and what the lines are called. */
  readonly of: (evidence: EvidenceRecord) => readonly (number | null)[];
  readonly names: (layers: number) => readonly string[];
}

const alphaNames = (layers: number) => {
  const ofTheta = Array.from({ length: layers }, (_, k) => (layers === 1 ? 'α_θ' : `α_θ of layer ${k + 1}`));
  return [...ofTheta, 'α_W'];
};

const quantities: readonly Quantity[] = [
  {
    label: 'log evidence',
    caption: 'Log evidence: the density of the targets, θ and W integrated',
    log: false,
    of: ({ logEvidence }) => [logEvidence],
    names: () => ['log evidence'],
  },
  {
    label: 'σ',
    caption: 'Noise σ, in units of the scaled targets',
    log: true,
    of: ({ noise }) => [noise],
    names: () => ['σ'],
  },
  {
    label: 'α',
    caption: 'Regularisation',
    log: true,
    of: ({ alphaTheta, alphaW }) => [...alphaTheta, alphaW],
    names: alphaNames,
  },
  {
    label: 'weights',
    caption: 'Weights that the data determine',
    log: false,
    of: ({ gammaTheta, gammaW }) => [gammaTheta, gammaW],
    names: () => ['γ_θ', 'γ_W'],
  },
];

/** Null where the regularisation was given. */
export function evidenceSection({ traces }: Pick<ReportDocument, 'traces'>): Html | null {
  const found = traces.filter(({ points }) => points.some(({ evidence }) => evidence != null));
  if (found.length === 0) return null;
  const note = html`<p class="note">A line a run; each begins at its own start.</p>`;
  return section(
    'Regularisation by evidence',
    html`${note}<div class="figures">${quantitiesIn(found).map((quantity) => draw(quantity, found))}</div>`,
  );
}

/** Losses without noise tell none. */
function quantitiesIn(traces: readonly Trace[]): Quantity[] {
  const isTold = ({ of }: Quantity) =>
    traces.some(({ points }) =>
      points.some(({ evidence }) => evidence != null && of(evidence).some((x) => x !== null)),
    );
  return quantities.filter((quantity) => quantity.label !== 'σ' || isTold(quantity));
}

type Line = readonly (readonly [iteration: number, value: number])[];

/** By number of the quantity, a line a run; what is not finite, or not above 0 on a logarithmic axis, is left out. */
function linesOf({ of, log }: Quantity, traces: readonly Trace[], index: number): Line[] {
  return traces.map(({ points }) =>
    points.flatMap(({ evidence }, iteration) => {
      const value = evidence == null ? null : of(evidence)[index];
      return value != null && Number.isFinite(value) && (value > 0 || !log) ? [[iteration, value] as const] : [];
    }),
  );
}

function draw(quantity: Quantity, traces: readonly Trace[]): Html {
  const { label, caption, log } = quantity;
  const names = quantity.names(layersIn(traces));
  const lines = names.map((_, index) => linesOf(quantity, traces, index));
  const all = lines.flat(2);
  const [across, up] = [extent(all.map(([iteration]) => iteration)), extent(all.map(([, value]) => value))];
  if (across === null || up === null) {
    return figure(html`<p class="empty">There is no finite value to draw.</p>`, html`${caption}.`);
  }
  const ends = names.flatMap((name, index) => {
    const last = lines[index][0].at(-1);
    return last === undefined ? [] : [`${name} of the first run ends at ${numberText(last[1])}`];
  });
  const drawn = plot({
    description: `${caption}: ${ends.join(', ')}.`,
    x: axis({ label: 'iteration of the run', range: across, log: false }),
    y: axis({ label, range: up, log }),
    marks: [
      Plot.frame({ strokeOpacity: 0.25 }),
      ...lines.flatMap((runs, index) => {
        const { colour, dash } = lineStyle(index);
        return runs.map((line) => Plot.line(line, { stroke: colour, strokeWidth: 1.75, strokeDasharray: dash }));
      }),
    ],
  });
  const entries = names.map((name, index) => ({ sample: lineSample(lineStyle(index)), name }));
  return figure(html`${names.length > 1 ? legend(entries) : null}${drawn}`, html`${caption}.`);
}

function layersIn(traces: readonly Trace[]): number {
  const counts = traces.flatMap(({ points }) => points.map(({ evidence }) => evidence?.alphaTheta.length ?? 0));
  return Math.max(...counts);
}
