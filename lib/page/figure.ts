/** @file Sections, and figures with their captions. The page's style counts them. */
import { type Html, html } from './html.js';

export function section(title: string, body: Html): Html {
  return html`<section><h2>${title}</h2>${body}</section>`;
}

/** `aspect`: width over height on the page, of a picture that may be stretched. */
export function figure(picture: Html, caption: Html, aspect: number | null = null): Html {
  const style = aspect === null ? null : html` style="--aspect:${aspect.toFixed(4)}"`;
  return html`<figure${style}>${picture}<figcaption>${caption}</figcaption></figure>`;
}

/** What may be wider than a telephone is scrolled by itself; with a keyboard, too. */
export function scroller(label: string, body: Html): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${body}</div>`;
}
