/** @file One plot as SVG text that follows the page's colours, in light, dark and print. */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { Html, html } from './html.js';
import { logTicks, numberText } from './numbers.js';

export interface PlotOptions extends Plot.PlotOptions {
  /** What the picture shows, for those who do not see it; null for mere decoration. */
  readonly description: string | null;
}

/** The size of the viewBox: at the width of a telephone its text is still readable, at half a page not too large. */
const plotSize = { width: 440, height: 290 } as const;

const { document } = parseHTML('<html><body></body></html>');

export function plot({ description, ...options }: PlotOptions): Html {
  const figure = Plot.plot({
    ...plotSize,
    marginLeft: 58,
    marginRight: 14,
    marginTop: 26,
    marginBottom: 42,
    ...options,
    style: { fontSize: '12px' },
    document,
  });
  for (const style of figure.querySelectorAll('style')) style.remove(); // the page has one for all
  const name = description === null ? html`aria-hidden="true"` : html`role="img" aria-label="${description}"`;
  return new Html(rounded(figure.outerHTML).replace('<svg', () => `<svg ${name.text}`));
}

/** A hundredth of a pixel is enough, and half the bytes. */
function rounded(svg: string): string {
  return svg.replace(/ [a-z]+[12]?="[^"]*"/g, (attribute) =>
    attribute.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, (text) => String(Number(Number(text).toFixed(2)))),
  );
}

export interface AxisOptions {
  readonly label: string;
  readonly range: readonly [number, number];
  readonly log: boolean;
}

/** A scale with room at both ends, even where all values are one. */
export function axis({ label, range: [low, high], log }: AxisOptions): Plot.ScaleOptions {
  const common = { label, grid: true, tickFormat: (tick: number) => numberText(tick) };
  if (!log) {
    const room = high > low ? 0.04 * (high - low) : Math.abs(high) * 0.1 || 1;
    return { ...common, type: 'linear', domain: [low - room, high + room], ticks: 5 };
  }
  const room = high > low * 1.0001 ? (high / low) ** 0.05 : 1.5;
  const domain: [number, number] = [low / room, high * room];
  return { ...common, type: 'log', domain, ticks: logTicks(domain) };
}

/** Upright lines as a single one with gaps: a path for all takes a third of the bytes. */
export function uprights(bars: readonly (readonly [x: number, low: number, high: number])[]): [number, number][] {
  return bars.flatMap(([x, low, high]) => [
    [x, low],
    [x, high],
    [x, Number.NaN],
  ]);
}
