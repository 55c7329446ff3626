/** @file What a page shows of a model of images: some of them with predictions, and the filters that meet them first. */
import { type ClassName, topColumn } from '../../data/classes.js';
import type { Matrix } from '../../data/matrix.js';
import { takeSamples } from '../../data/samples.js';
import type { AnyMetrics } from '../../loss/meaning.js';
import { lossFacts } from '../../loss/registry.js';
import type { CallOptions } from '../../model/callOptions.js';
import type { Model } from '../../model/model.js';
import { type Filters, firstFilters, inputImage } from '../../network/firstFilters.js';
import type { ImageOptions } from '../../network/image.js';
import { isRegistered } from '../../network/layer.js';
import type { ImageGroup, ImageSample, ImageSamples, Kernels } from '../../page/document.js';
import { numberText } from '../../page/numbers.js';
import { evenly } from './evenly.js';
import { counted } from './facts.js';
import { type LabelledSamples, truthOf } from './samples.js';

export type ImageLayout = Required<ImageOptions>;

/** How the inputs of a model are images; null where they are none. */
export function imageOfInputs(model: Model<AnyMetrics>): ImageLayout | null {
  const image = inputImage(model.network);
  return image !== null && image.height * image.width * image.channels === model.inputs ? image : null;
}

/** Of a page: more would make it large. A quarter of them is kept for what is right. */
const [mostImages, mostWrong] = [48, 36];

/** Samples that are predicted to find them. */
const mostJudged = 2000;

/** An image of more is no small picture. */
export const mostPixels = 2 ** 16;

/** What a sample of images says, as text and as a number that is 0 where nothing is wrong. */
interface Said {
  readonly predicted: string;
  readonly truth: string;
  readonly error: number;
}

/** Images of `part` of the data with what is predicted of them; null where they are too large to be drawn small. */
export async function imagesOf(
  model: Model,
  image: ImageLayout,
  data: LabelledSamples,
  part: string,
  call: CallOptions,
): Promise<ImageSamples | null> {
  if (image.height * image.width > mostPixels) return null;
  const total = data.inputs.shape[0];
  const rows = evenly([...Array(total).keys()], mostJudged);
  const some = { ...data, ...takeSamples(data, rows) };
  const outputs = await model.predict(some.inputs, call);
  const said = sayingOf(model, outputs, some);
  const groups = (model.classes === null && !isMultiLabel(model) ? byError : byRight)(said);
  const channels = image.channels === 3 ? 3 : 1;
  const drawn = groups.map(({ members, ...group }) => ({
    ...group,
    each: members.map((n): ImageSample => {
      const { predicted, truth } = said[n];
      return { number: rows[n], pixels: pixelsOf(some.inputs, n, image), predicted, truth };
    }),
  }));
  return {
    of:
      rows.length < total
        ? `${rows.length} of ${total.toLocaleString('en-US')} ${part} samples`
        : counted(total, `${part} sample`),
    height: image.height,
    width: image.width,
    channels,
    range: rangeOf(drawn),
    groups: drawn,
    notes:
      image.channels === 1 || image.channels === 3
        ? []
        : [`The images have ${image.channels} channels: drawn is the first of them.`],
  };
}

const isMultiLabel = ({ loss }: Model) => lossFacts(loss).meaning.probabilities === 'sigmoid';

function sayingOf(model: Model, outputs: Matrix, data: LabelledSamples): Said[] {
  if (model.classes !== null) return classesSaid(model.classes, outputs, data);
  return isMultiLabel(model) ? labelsSaid(model, outputs, data.targets) : numbersSaid(outputs, data.targets);
}

function classesSaid(classes: readonly ClassName[], outputs: Matrix, data: LabelledSamples): Said[] {
  return truthOf(data, classes).map((actual, n) => {
    const top = topColumn(outputs, n);
    const name = (j: number) => (j < 0 ? 'of no known class' : String(classes[j]));
    return { predicted: name(top), truth: name(actual), error: Number(top !== actual) };
  });
}

/** A label is predicted where its logit is above 0, and true where its share is above ½. */
function labelsSaid({ names }: Model, outputs: Matrix, truth: Matrix): Said[] {
  const t = truth.shape[1];
  const label = (j: number) => names.targets?.[j] ?? `label ${j}`;
  const text = ({ data }: Matrix, n: number, bound: number) =>
    [...Array(t).keys()]
      .filter((j) => data[n * t + j] > bound)
      .map(label)
      .join(', ') || 'none';
  return Array.from({ length: truth.shape[0] }, (_, n) => {
    const [predicted, actual] = [text(outputs, n, 0), text(truth, n, 0.5)];
    return { predicted, truth: actual, error: Number(predicted !== actual) };
  });
}

/** Numbers beneath an image. */
const mostNumbers = 3;

function numbersSaid(outputs: Matrix, truth: Matrix): Said[] {
  const [samples, t] = truth.shape;
  const row = ({ data }: Matrix, n: number) => data.subarray(n * t, (n + 1) * t);
  const text = (values: Float64Array) =>
    [...values.subarray(0, mostNumbers)].map((value) => numberText(value)).join(', ') + (t > mostNumbers ? ' …' : '');
  const spread = spreads(truth);
  return Array.from({ length: samples }, (_, n) => {
    const [p, y] = [row(outputs, n), row(truth, n)];
    return {
      predicted: text(p),
      truth: text(y),
      error: Math.hypot(...p.map((value, j) => (value - y[j]) / spread[j])),
    };
  });
}

/** By which errors of the outputs compare: the largest less the least target, or 1. */
function spreads({ data, shape: [samples, t] }: Matrix): number[] {
  return Array.from({ length: t }, (_, j) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let n = 0; n < samples; n++) {
      low = Math.min(low, data[n * t + j]);
      high = Math.max(high, data[n * t + j]);
    }
    return high - low || 1;
  });
}

type Members = Omit<ImageGroup, 'each'> & { readonly members: readonly number[] };

/** Wrong ones, then right ones. */
function byRight(said: readonly Said[]): Members[] {
  const of = (isWrong: boolean) => [...said.keys()].filter((n) => said[n].error > 0 === isWrong);
  const [wrong, right] = [of(true), of(false)];
  const some = evenly(wrong, Math.max(mostWrong, mostImages - right.length));
  return [
    { title: titleOf('Wrong', some.length, wrong.length), isWrong: true, members: some },
    ...shownRight(right, mostImages - some.length),
  ];
}

function shownRight(right: readonly number[], most: number): Members[] {
  const members = evenly(right, most);
  return [{ title: titleOf('Right', members.length, right.length), isWrong: false, members }];
}

function titleOf(what: string, shown: number, all: number): string {
  return shown < all ? `${what}: ${shown} of ${all.toLocaleString('en-US')}` : `${what}: ${all}`;
}

/** The largest errors, then some of all others, from large to small. */
function byError(said: readonly Said[]): Members[] {
  const order = [...said.keys()].sort((a, b) => said[b].error - said[a].error);
  const largest = order.slice(0, mostImages / 2);
  const others = evenly(order.slice(largest.length), mostImages / 2);
  return [
    { title: 'The largest errors', isWrong: false, members: largest },
    { title: 'Others, from larger errors to smaller ones', isWrong: false, members: others },
  ];
}

/** Pixel by pixel, of one or three channels. */
function pixelsOf({ data, shape: [, columns] }: Matrix, n: number, image: ImageLayout): Float64Array {
  const { height, width, channels, order } = image;
  const pixels = height * width;
  const shown = channels === 3 ? 3 : 1;
  const at = (i: number, c: number) => (order === 'hwc' ? i * channels + c : c * pixels + i);
  return Float64Array.from(
    { length: pixels * shown },
    (_, k) => data[n * columns + at(Math.floor(k / shown), k % shown)],
  );
}

function rangeOf(groups: readonly { readonly each: readonly ImageSample[] }[]): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { pixels } of groups.flatMap(({ each }) => each)) {
    for (const value of Array.from(pixels)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return [low, high];
}

const mostTiles = 96;

/** The filters that meet the images first, a tile each, or of other than three channels one for each channel. */
export function kernelsOf(model: Model<AnyMetrics>): Kernels | null {
  const filters = knownFilters(model);
  if (filters === null) return null;
  const { label, count, channels, groups, height, width } = filters;
  const isColour = imageOfInputs(model)?.channels === 3 && channels === 3 && groups === 1;
  const perFilter = isColour ? 1 : channels;
  const shown = Math.min(count, Math.max(1, Math.floor(mostTiles / perFilter)));
  const each = Array.from({ length: shown }, (_, f) => tilesOf(filters, f, isColour))
    .flat()
    .slice(0, mostTiles);
  const most = each.reduce((sum, { values }) => values.reduce((m, v) => Math.max(m, Math.abs(v)), sum), 0);
  const left = count * perFilter - each.length;
  return {
    layer: label,
    height,
    width,
    channels: isColour ? 3 : 1,
    most,
    each,
    notes: left > 0 ? [`Shown are the first ${each.length} of ${count * perFilter} pictures of ${count} filters.`] : [],
  };
}

/** A model may have layers of the user's own, which this process does not know. */
function knownFilters({ network, inputs, theta }: Model<AnyMetrics>): Filters | null {
  const isKnown = (value: unknown): boolean => {
    if (value === null || typeof value !== 'object') return true;
    const { type } = value as { type?: unknown };
    return (typeof type !== 'string' || isRegistered(type)) && Object.values(value).every(isKnown);
  };
  return inputImage(network) !== null && isKnown(network) ? firstFilters(network, { count: inputs }, theta) : null;
}

function tilesOf({ channels, height, width, weights }: Filters, f: number, isColour: boolean) {
  const pixels = height * width;
  const own = weights.subarray(f * channels * pixels, (f + 1) * channels * pixels);
  if (isColour) {
    const values = Float64Array.from({ length: 3 * pixels }, (_, k) => own[(k % 3) * pixels + Math.floor(k / 3)]);
    return [{ name: `filter ${f}`, values }];
  }
  return Array.from({ length: channels }, (_, c) => ({
    name: channels === 1 ? `filter ${f}` : `filter ${f}, channel ${c}`,
    values: own.slice(c * pixels, (c + 1) * pixels),
  }));
}
