/** @file The filters of a convolution layer as small pictures. */
import type { Kernels } from './document.js';
import { section } from './figure.js';
import { type Html, html } from './html.js';
import { numberText } from './numbers.js';
import { diverging } from './picture.js';
import { shade, tiles } from './tiles.js';

export function kernelsSection({ layer, height, width, channels, most, each, notes }: Kernels): Html {
  const colours = diverging(most);
  const size = numberText(most);
  const meaning =
    channels === 3
      ? `Grey is 0 in each of red, green and blue; black is −${size}, full colour ${size}.`
      : `White is 0, orange positive, violet negative; the darkest are ±${size}.`;
  const all = each.map(({ name, values }) => ({
    width,
    height,
    colourOf: channels === 3 ? shade(values, 3, [-most, most]) : (i: number) => colours(values[i]),
    description: `Weights of ${name}, ${height} × ${width}, from ${extentText(values)}.`,
    caption: html`<span>${name}</span>`,
  }));
  return section(
    `Filters of the first convolution, ${layer}`,
    html`<p class="note">${meaning}</p>${notes.map((text) => html`<p class="note">${text}</p>`)}${tiles(all, '4.5rem')}`,
  );
}

function extentText(values: ArrayLike<number>): string {
  const numbers = Array.from(values);
  return `${numberText(Math.min(...numbers))} to ${numberText(Math.max(...numbers))}`;
}
