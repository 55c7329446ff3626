/** @file Images that a model was judged on, with what it says of them. */
import type { ImageGroup, ImageSample, ImageSamples } from './document.js';
import { section } from './figure.js';
import { type Html, html } from './html.js';
import { numberText } from './numbers.js';
import { shade, type Tile, tiles } from './tiles.js';

export function imagesSection(images: ImageSamples): Html {
  const { of, channels, range, groups, notes } = images;
  const drawn = groups.filter(({ each }) => each.length > 0).map((group) => groupOf(group, images));
  const scale = `${channels === 1 ? 'White' : 'Full colour'} is ${numberText(range[1])}, black ${numberText(range[0])}.`;
  return section(
    `Images: ${of}`,
    html`<p class="note">Beneath each image what was predicted, and what is true. ${scale}</p>${notes.map((text) => html`<p class="note">${text}</p>`)}${drawn}`,
  );
}

function groupOf({ title, each, isWrong }: ImageGroup, images: ImageSamples): Html {
  return html`<h3>${title}</h3>${tiles(
    each.map((one) => tileOf(one, isWrong, images)),
    '4.5rem',
  )}`;
}

function tileOf(
  { number, pixels, predicted, truth }: ImageSample,
  isWrong: boolean,
  { width, height, channels, range }: ImageSamples,
): Tile {
  return {
    width,
    height,
    colourOf: shade(pixels, channels, range),
    description: `Sample ${number}: predicted ${predicted}, true ${truth}.`,
    isWrong,
    caption:
      predicted === truth
        ? html`<span>${truth}</span>`
        : html`<span>predicted <strong>${predicted}</strong></span><span>true ${truth}</span>`,
  };
}
