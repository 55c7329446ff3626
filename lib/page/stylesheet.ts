/** @file The style of report pages: light, dark, on a telephone, on paper. */
import { Html } from './html.js';

/** Series: Okabe and Ito's colours, darker or lighter for contrast with the page. Parts: the same family, side by side. */
const light = `
  color-scheme: light;
  --page: #fffefb; --ink: #1d1d1b; --soft: #5c5c57; --rule: #d9d7d0; --shade: #f4f2ec; --edge: #00000033; --miss: #d55e00;
  --series-1: #0072b2; --series-2: #c2500a; --series-3: #00805d; --series-4: #b0508a; --series-5: #a87400; --series-6: #3d3d8f;
  --part-1: #0072b2; --part-2: #e69f00; --part-3: #009e73; --part-4: #cc79a7; --part-5: #a3a39d;
  --on-part-1: #ffffff;`;

const dark = `
  color-scheme: dark;
  --page: #15171a; --ink: #e8e6e1; --soft: #a5a39c; --rule: #3a3d42; --shade: #1f2226; --edge: #ffffff33; --miss: #f08a3c;
  --series-1: #56b4e9; --series-2: #f08a3c; --series-3: #35c79b; --series-4: #e09ac4; --series-5: #f0c340; --series-6: #a9a6f5;
  --part-1: #4a9fd4; --part-2: #d99a16; --part-3: #22a67e; --part-4: #c985aa; --part-5: #8b8c90;
  --on-part-1: #111111;`;

export const stylesheet = new Html(`
:root {${light}
}
@media screen and (prefers-color-scheme: dark) {
  :root {${dark}
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink); counter-reset: figure; overflow-wrap: anywhere;
  font: 1.0625rem/1.55 Charter, 'Bitstream Charter', 'Sitka Text', Cambria, 'Source Serif 4', Georgia, serif;
}
main { max-width: 66rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1, h2, h3 { line-height: 1.2; font-weight: 600; text-wrap: balance; }
h1 { font-size: clamp(1.6rem, 1.2rem + 2vw, 2.3rem); margin: 0 0 1rem; letter-spacing: -0.01em; }
h2 { font-size: 1.35rem; margin: 0 0 0.9rem; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 0.5rem; }
p, li { max-width: 44rem; }
p { margin: 0.5rem 0; }
.lead { font-size: 1.125rem; }
section { margin-top: 2.2rem; padding-top: 1.4rem; border-top: 1px solid var(--rule); }
.note, figcaption, small { color: var(--soft); font-size: 0.9rem; line-height: 1.45; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.5rem 2rem; margin-top: 0.8rem; }
.figures.three { grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); column-gap: 1.2rem; }
figure { margin: 0; min-width: 0; counter-increment: figure; }
figcaption { margin-top: 0.35rem; }
figcaption::before { content: 'Figure ' counter(figure) '. '; font-weight: 600; color: var(--ink); }
svg { display: block; max-width: 100%; height: auto; }
figure > svg { width: 100%; }
svg text { white-space: pre; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0.35rem 1.4rem; padding: 0; margin: 0.6rem 0; font-size: 0.95rem; }
.legend li { display: flex; align-items: center; gap: 0.5rem; min-width: 0; }
.legend svg { flex: none; }
.legend span { min-width: 0; }
section:has(.in-seconds:checked) > .by-workUnits, section:not(:has(.in-seconds:checked)) > .by-seconds { display: none; }
.choice:has(:target) > .panel:not(:target), .choice:not(:has(:target)) > .panel:not(:first-child) { display: none; }
.panel > h3 { margin-top: 0.8rem; }
.choice ~ .scroll { max-height: 26rem; overflow-y: auto; }
.choice ~ .scroll thead th { position: sticky; top: 0; background: var(--page); }
.empty { color: var(--soft); border: 1px dashed var(--rule); padding: 1.5rem; text-align: center; }
.grid { display: block; width: min(100%, 22rem * var(--aspect)); height: auto; aspect-ratio: var(--aspect); image-rendering: pixelated; border: 1px solid var(--rule); }
.tiles { list-style: none; display: grid; grid-template-columns: repeat(auto-fill, minmax(var(--tile), 1fr)); gap: 0.9rem 0.8rem; padding: 0; margin: 0.6rem 0; }
.tiles li { min-width: 0; max-width: 9rem; font-size: 0.85rem; line-height: 1.3; break-inside: avoid; }
.tiles .grid { width: 100%; }
.tiles span { display: block; }
.tiles .wrong .grid { outline: 2px solid var(--miss); }
.colour-bar { margin-top: 0.5rem; width: max(9rem, min(100%, 22rem * var(--aspect))); max-width: 100%; }
.colour-bar .grid { width: 100%; height: 0.7rem; aspect-ratio: auto; image-rendering: auto; }
.colour-bar div { display: flex; justify-content: space-between; font: 0.8rem/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.scroll {
  overflow-x: auto; max-width: 100%;
  background:
    linear-gradient(to right, var(--page) 40%, transparent) left / 3rem 100% no-repeat local,
    linear-gradient(to left, var(--page) 40%, transparent) right / 3rem 100% no-repeat local,
    linear-gradient(to right, var(--edge), transparent) left / 1rem 100% no-repeat scroll,
    linear-gradient(to left, var(--edge), transparent) right / 1rem 100% no-repeat scroll;
}
.scroll:focus-visible, pre:focus-visible { outline: 2px solid var(--series-1); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 0.95rem; font-variant-numeric: tabular-nums lining-nums; margin: 0.4rem 0; }
th, td { padding: 0.32rem 0.8rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th.text, td.text { text-align: left; }
thead th { border-bottom: 1.5px solid var(--ink); vertical-align: bottom; }
tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink); }
tbody th { font-weight: normal; }
a { color: var(--series-1); }
.data { max-width: 100%; }
.data .swatch { display: inline-block; margin-right: 0.4rem; vertical-align: -0.1rem; }
tr:has(+ .below) > * { border-bottom: none; padding-bottom: 0; }
.below > td { padding: 0.2rem 0 0.5rem; }
.confusion td, .confusion th { padding: 0.3rem 0.6rem; }
.confusion th:first-child { padding-left: 0; }
.hit { background: color-mix(in srgb, var(--series-1) calc(100% * var(--share)), transparent); }
.miss { background: color-mix(in srgb, var(--miss) calc(100% * var(--share)), transparent); }
.strong { color: var(--page); }
.nil { color: var(--soft); opacity: 0.55; }
.confusion .border { border-left: 1px solid var(--rule); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 0.3rem 2rem; margin: 0 0 1rem; font-size: 0.95rem; }
.facts div { display: flex; gap: 0.6rem; min-width: 0; }
dt { color: var(--soft); flex: 0 0 8.5rem; min-width: 0; }
dd { margin: 0; min-width: 0; }
.bar { display: flex; height: 1.7rem; }
.bar span { overflow: hidden; white-space: nowrap; text-align: center; font: 0.8rem/1.7rem system-ui, sans-serif; color: #111111; border-right: 1.5px solid var(--page); }
.part-1 { background: var(--part-1); }
.bar .part-1 { color: var(--on-part-1); }
.part-2 { background: var(--part-2); }
.part-3 { background: var(--part-3); }
.part-4 { background: var(--part-4); }
.part-5 { background: var(--part-5); }
.figures + table, figure + .scroll { margin-top: 1rem; }
summary { cursor: pointer; }
pre { overflow-x: auto; background: var(--shade); padding: 1rem; font-size: 0.85rem; line-height: 1.45; }
@media screen and (max-width: 40rem) {
  main { padding: 1.5rem 1rem 3rem; }
  table { font-size: 0.85rem; }
  th, td { padding: 0.3rem 0.5rem; }
  dt { flex-basis: 6rem; }
  .data, .data tbody { display: block; }
  .data tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); border-bottom: 1px solid var(--rule); padding: 0.35rem 0; }
  .data thead tr { display: flex; flex-wrap: wrap; }
  .data :is(th, td), .data tbody tr:last-child > * { border: none; padding: 0.1rem 0.8rem 0.1rem 0; text-align: left; white-space: normal; }
  .data thead th:not(:has(.swatch)) { display: none; }
  .data tbody th, .data .below td { grid-column: 1 / -1; }
  .data tbody th { font-weight: 600; }
  .data td::before { content: attr(data-label); display: block; color: var(--soft); font-size: 0.75rem; }
  .data tr:has(+ .below) { border-bottom: none; padding-bottom: 0; }
}
@media print {
  @page { margin: 16mm; }
  body { font-size: 9.5pt; background: none; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section { margin-top: 1.2rem; padding-top: 0.8rem; }
  .figures { grid-template-columns: 1fr 1fr; gap: 1rem; }
  .figures.three { grid-template-columns: 1fr 1fr 1fr; }
  figure, tr, .legend { break-inside: avoid; }
  h1, h2, h3 { break-after: avoid; break-inside: avoid; }
  .facts div { break-inside: avoid; }
  .scroll, .choice ~ .scroll, pre { overflow: visible; max-height: none; background: none; }
  .ask { display: none; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; columns: 3; font-size: 6.5pt; padding: 0; }
  details::details-content { content-visibility: visible; height: auto; }
}
`);
