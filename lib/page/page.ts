/** @file What all pages have in common: their head, and the beginning of their body. No script, nothing from elsewhere. */
import { type Html, html } from './html.js';
import { stylesheet } from './stylesheet.js';

interface Heading {
  readonly title: string;
  /** Paragraphs below it. */
  readonly summary: readonly string[];
}

/** `policy`: what the page may load beside its style, for its Content-Security-Policy. */
export function pageOf({ title, summary }: Heading, body: Html, policy = ''): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${policy}">
<title>${title}</title>
<style>${stylesheet}</style>
</head>
<body>
<main>
<header><h1>${title}</h1>${summary.map((text) => html`<p class="lead">${text}</p>`)}</header>
${body}
</main>
</body>
</html>
`;
  return page.text;
}
