/** @file Small pictures side by side, each with its name beneath. */
import { type Html, html } from './html.js';
import { type Colour, type Picture, picture } from './picture.js';

export interface Tile extends Picture {
  readonly caption: Html;
  /** Whether a frame marks it. */
  readonly isWrong?: boolean;
}

/** `least`: the width below which they stay in rows of fewer, in CSS. */
export function tiles(all: readonly Tile[], least: string): Html {
  const [{ width, height }] = all;
  const items = all.map(
    ({ caption, isWrong = false, ...one }) =>
      html`<li${isWrong ? html` class="wrong"` : null}>${picture(one)}${caption}</li>\n`,
  );
  return html`<ul class="tiles" style="--tile:${least};--aspect:${(width / height).toFixed(4)}">${items}</ul>`;
}

/** Grey of one channel, colours of three: the i-th pixel of values from `low`, black, to `high`. */
export function shade(
  values: ArrayLike<number>,
  channels: 1 | 3,
  [low, high]: readonly [number, number],
): (i: number) => Colour {
  const byte = (value: number) => Math.round(255 * Math.min(1, Math.max(0, (value - low) / (high - low || 1))));
  return (i) => {
    const [r, g, b] = channels === 3 ? [0, 1, 2].map((c) => byte(values[3 * i + c])) : Array(3).fill(byte(values[i]));
    return [r, g, b, 255];
  };
}
