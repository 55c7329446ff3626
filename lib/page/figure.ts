/** @file Sections, and figures with their captions. The page's style counts them. */
import { type Html, html } from './html.js';

export function section(title: string, body: Html): Html {
  return html`<section><h2>${title}</h2>${body}</section>`;
}

export function figure(picture: Html, caption: Html): Html {
  return html`<figure>${picture}<figcaption>${caption}</figcaption></figure>`;
}

/** `aspect`: width over height on the page. */
export function pictureFigure(picture: Html, caption: Html, aspect: number): Html {
  return html`<figure style="--aspect:${aspect.toFixed(4)}">${picture}<figcaption>${caption}</figcaption></figure>`;
}

/** What may be wider than a telephone is scrolled by itself; with a keyboard, too. */
export function scroller(label: string, body: Html): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">${body}</div>`;
}
