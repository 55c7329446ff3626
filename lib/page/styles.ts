/** @file How methods are told apart: by colour, dashes and markers at once. */
import * as Plot from '@observablehq/plot';
import { type Html, html } from './html.js';
import { plot } from './plot.js';

export interface LineStyle {
  readonly colour: string;
  readonly dash: string;
  readonly symbol: Plot.SymbolType;
}

const dashes = ['none', '7 3', '2 3', '9 3 2 3', '12 4', '4 2'];
const symbols: Plot.SymbolType[] = ['circle', 'square', 'triangle', 'diamond', 'star', 'wye'];
export const colours = 6;

/** Six by colour; with more of them another marker goes with the colour. */
export function lineStyle(index: number): LineStyle {
  const round = Math.floor(index / colours);
  return {
    colour: `var(--series-${(index % colours) + 1})`,
    dash: dashes[(index + round) % dashes.length],
    symbol: symbols[(index + 2 * round) % symbols.length],
  };
}

/** A piece of the line for the legend. */
export function lineSample({ colour, dash, symbol }: LineStyle): Html {
  const ends = [
    [0, 0],
    [1, 0],
  ] as const;
  return plot({
    description: null,
    width: 44,
    height: 14,
    marginTop: 2,
    marginBottom: 2,
    marginLeft: 2,
    marginRight: 2,
    axis: null,
    x: { domain: [0, 1] },
    y: { domain: [-1, 1] },
    marks: [
      Plot.line(ends, { stroke: colour, strokeWidth: 2.25, strokeDasharray: dash }),
      Plot.dot([[0.5, 0]], { fill: colour, symbol, r: 3.5 }),
    ],
  });
}

export function swatch(colour: string): Html {
  return html`<svg class="swatch" width="14" height="14" aria-hidden="true"><rect width="14" height="14" fill="${colour}"/></svg>`;
}

export function legend(entries: readonly { readonly sample: Html; readonly name: string }[]): Html {
  const items = entries.map(({ sample, name }) => html`<li>${sample}<span>${name}</span></li>`);
  return html`<ul class="legend">${items}</ul>`;
}
