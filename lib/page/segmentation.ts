/** @file A map of classes: true, predicted, and where they differ. */
import type { SegmentationMap } from './document.js';
import { figure, section } from './figure.js';
import { type Html, html } from './html.js';
import { type Colour, parse, picture, transparent } from './picture.js';
import { legend, swatch } from './styles.js';

/** The eight of Okabe and Ito without black and white, then lighter and darker ones; after sixteen they come again. */
const palette = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#d55e00',
  '#cc79a7',
  '#56b4e9',
  '#f0e442',
  '#8c510a',
  '#332288',
  '#ddcc77',
  '#117733',
  '#cc6677',
  '#aa4499',
  '#88ccee',
  '#999933',
  '#882255',
] as const;

const wrong: Colour = [213, 40, 40, 255];
const right: Colour = [128, 128, 128, 90];

export function mapSection(map: SegmentationMap): Html {
  const { width, height, truth, predicted, classes } = map;
  const judged = truth.filter((actual, i) => actual >= 0 && predicted[i] >= 0).length;
  const errors = truth.filter((actual, i) => actual >= 0 && predicted[i] >= 0 && actual !== predicted[i]).length;
  const of = (numbers: readonly number[], name: string) =>
    figure(
      picture({
        width,
        height,
        colourOf: (i) => colourOf(numbers[i]),
        description: `Map of the ${name} classes, ${width} × ${height} pixels.`,
      }),
      html`The ${name} classes.`,
      width / height,
    );
  const differences = picture({
    width,
    height,
    colourOf: (i) => (truth[i] < 0 || predicted[i] < 0 ? transparent : truth[i] === predicted[i] ? right : wrong),
    description: `Map of the pixels that are classified wrongly: ${errors} of ${judged}.`,
  });
  return section(
    'Map of the classes',
    html`${legend(classes.map((name, j) => ({ sample: swatch(palette[j % palette.length]), name: `${name} (${count(truth, j)})` })))}
<div class="figures three">${of(truth, 'true')}${of(predicted, 'predicted')}${figure(differences, html`In red what is wrong: ${errors} of ${judged} pixels.`, width / height)}</div>`,
  );
}

function colourOf(j: number): Colour {
  return j >= 0 ? parse(palette[j % palette.length]) : transparent;
}

function count(numbers: readonly number[], j: number): number {
  return numbers.filter((number) => number === j).length;
}
