/** @file Pictures of numbers on a grid, as PNG inside of the page. */
import * as Plot from '@observablehq/plot';
import { PNG } from 'pngjs';
import { type Html, html } from './html.js';

/** Red, green, blue, opacity; 0 to 255. */
export type Colour = readonly [number, number, number, number];

export const transparent: Colour = [0, 0, 0, 0];

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** The colour of the i-th pixel, row by row. */
  readonly colourOf: (i: number) => Colour;
  readonly description: string;
}

export function picture({ width, height, colourOf, description }: Picture): Html {
  const png = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) png.data.set(colourOf(i), 4 * i);
  const data = PNG.sync.write(png).toString('base64');
  return html`<img class="grid" width="${width}" height="${height}" alt="${description}" src="data:image/png;base64,${data}">`;
}

export type ColourScale = (value: number) => Colour;

/** Colours from the lowest, blue, to the highest, yellow: of even lightness steps, also to colour-blind eyes. */
export function sequential([low, high]: readonly [number, number]): ColourScale {
  return scale({ type: 'linear', scheme: 'cividis', domain: high > low ? [low, high] : [low - 0.5, low + 0.5] });
}

/** Orange above 0, violet below, white at 0. */
export function diverging(most: number): ColourScale {
  return scale({ type: 'diverging', scheme: 'PuOr', pivot: 0, domain: [-(most || 1), most || 1] });
}

const steps = 256;

/** A scale as a table: pictures have many pixels. */
function scale(options: Plot.ScaleOptions): ColourScale {
  const { apply } = Plot.scale({ color: { ...options, clamp: true } }) as Plot.Scale;
  const [low, high] = options.domain as [number, number];
  const table = Array.from({ length: steps }, (_, i) => parse(apply(low + ((high - low) * i) / (steps - 1))));
  return (value) => {
    if (!Number.isFinite(value)) return transparent;
    const place = Math.round(((value - low) / (high - low)) * (steps - 1));
    return table[Math.min(steps - 1, Math.max(0, place))];
  };
}

/** `rgb(1, 2, 3)` or `#010203`. */
export function parse(colour: string): Colour {
  const parts = colour.startsWith('#')
    ? [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
    : (colour.match(/\d+/g) ?? []).map(Number);
  return [parts[0], parts[1], parts[2], 255];
}
