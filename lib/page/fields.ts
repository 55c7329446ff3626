/** @file Output fields: true, predicted, and their difference. */
import * as Plot from '@observablehq/plot';
import type { Field } from './document.js';
import { figure, section } from './figure.js';
import { type Html, html } from './html.js';
import { extent, numberText } from './numbers.js';
import { withUnit } from './outputs.js';
import { type ColourScale, diverging, picture, sequential } from './picture.js';
import { axis, plot } from './plot.js';
import { legend, lineSample } from './styles.js';

export function fieldsSection(fields: readonly Field[]): Html {
  const drawn = fields.map((field) => (field.rows === 1 || field.columns === 1 ? curves(field) : pictures(field)));
  return section('Outputs of single samples', html`${drawn}`);
}

const truthStyle = { colour: 'currentColor', dash: 'none', symbol: 'circle' } as const;
const predictedStyle = { colour: 'var(--series-2)', dash: '6 3', symbol: 'diamond' } as const;

function curves(field: Field): Html {
  const { title, truth, predicted, unit } = field;
  const numbered = (values: readonly number[]) => values.map((y, i) => [i, y] as const);
  const difference = predicted.map((value, i) => value - truth[i]);
  const range = extent([...truth, ...predicted]);
  const apart = extent(difference);
  if (range === null || apart === null)
    return html`<h3>${title}</h3><p class="empty">There is no finite value to draw.</p>`;
  const x = axis({ label: 'output', range: [0, truth.length - 1], log: false });
  const line = (values: readonly number[], { colour, dash, symbol }: typeof truthStyle | typeof predictedStyle) => [
    Plot.line(numbered(values), { stroke: colour, strokeWidth: 1.75, strokeDasharray: dash }),
    ...(values.length <= 100 ? [Plot.dot(numbered(values), { fill: colour, symbol, r: 2.5 })] : []),
  ];
  const both = plot({
    description: `${title}: true and predicted values of ${truth.length} outputs.`,
    x,
    y: axis({ label: withUnit('value', unit), range, log: false }),
    marks: [Plot.frame({ strokeOpacity: 0.25 }), ...line(truth, truthStyle), ...line(predicted, predictedStyle)],
  });
  const errors = plot({
    description: `${title}: predicted minus true values, from ${numberText(apart[0])} to ${numberText(apart[1])}.`,
    x,
    y: axis({
      label: withUnit('predicted − true', unit),
      range: [Math.min(0, apart[0]), Math.max(0, apart[1])],
      log: false,
    }),
    marks: [
      Plot.frame({ strokeOpacity: 0.25 }),
      Plot.ruleY([0], { stroke: 'currentColor', strokeOpacity: 0.6, strokeDasharray: '5 4' }),
      ...line(difference, predictedStyle),
    ],
  });
  const key = legend([
    { sample: lineSample(truthStyle), name: 'true' },
    { sample: lineSample(predictedStyle), name: 'predicted' },
  ]);
  return html`<h3>${title}</h3>${key}<div class="figures">${figure(both, html`Values of the outputs.`)}${figure(errors, html`Their difference.`)}</div>`;
}

function pictures({ title, rows, columns, truth, predicted, unit }: Field): Html {
  const range = extent([...truth, ...predicted]) ?? [0, 1];
  const difference = predicted.map((value, i) => value - truth[i]);
  const [low, high] = extent(difference) ?? [0, 0];
  const most = Math.max(-low, high);
  const values = sequential(range);
  const aspect = Math.min(6, Math.max(1 / 3, columns / rows)); // cells of a long strip would be too small to see
  const one = (
    name: string,
    numbers: readonly number[],
    colours: ColourScale,
    [from, to]: readonly [number, number],
  ) => {
    const description = `${title}, ${name}: ${rows} × ${columns} values between ${numberText(from)} and ${numberText(to)}.`;
    const drawn = picture({ width: columns, height: rows, colourOf: (i) => colours(numbers[i]), description });
    return figure(html`${drawn}${colourBar(colours, [from, to])}`, html`${withUnit(name, unit)}`, aspect);
  };
  return html`<h3>${title}</h3><div class="figures three">${[
    one('true', truth, values, range),
    one('predicted', predicted, values, range),
    one('predicted − true', difference, diverging(most), [-most, most]),
  ]}</div>`;
}

const barWidth = 128;

function colourBar(colours: ColourScale, [low, high]: readonly [number, number]): Html {
  const at = (share: number) => low + (high - low) * share;
  const bar = picture({
    width: barWidth,
    height: 1,
    colourOf: (i) => colours(at(i / (barWidth - 1))),
    description: `colours from ${numberText(low)} to ${numberText(high)}`,
  });
  const labels = [0, 0.5, 1].map((share) => html`<span>${numberText(at(share))}</span>`);
  return html`<div class="colour-bar">${bar}<div>${labels}</div></div>`;
}
