/** @file Shares against what they should be, from 0 to 1: on the diagonal they are right. */
import * as Plot from '@observablehq/plot';
import type { Html } from './html.js';
import { plot, uprights } from './plot.js';

export interface ShareCurve {
  readonly description: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** `samples`: how many the share was found from. */
  readonly points: readonly { readonly expected: number; readonly share: number; readonly samples: number }[];
}

/** In 95 of 100 cases the share of so many independent samples lies within this of what is right. */
export function byChance(expected: number, samples: number): [low: number, high: number] {
  const apart = 1.96 * Math.sqrt((expected * (1 - expected)) / samples);
  return [Math.max(0, expected - apart), Math.min(1, expected + apart)];
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** As a cell of a table. */
export function chanceText(expected: number, samples: number): string {
  const [low, high] = byChance(expected, samples);
  return `${(100 * low).toFixed(0)} to ${percent(high, 0)}`;
}

/** Both axes are of one length. */
const squareHeight = 436;

export function shareCurve({ description, xLabel, yLabel, points }: ShareCurve): Html {
  const shares = (label: string) => ({
    label,
    domain: [-0.03, 1.03],
    ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
    tickFormat: (tick: number) => percent(tick, 0),
    grid: true,
  });
  const chance = points.map(({ expected, samples }) => [expected, ...byChance(expected, samples)] as const);
  const most = Math.max(...points.map(({ samples }) => samples));
  return plot({
    description,
    height: squareHeight,
    x: shares(xLabel),
    y: shares(yLabel),
    marks: [
      Plot.frame({ strokeOpacity: 0.25 }),
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: 'currentColor', strokeOpacity: 0.6, strokeDasharray: '5 4' },
      ),
      Plot.line(uprights(chance), { stroke: 'currentColor', strokeOpacity: 0.35, strokeWidth: 4 }),
      Plot.line(points, { x: 'expected', y: 'share', stroke: 'var(--series-1)', strokeWidth: 1.25 }),
      Plot.dot(points, {
        x: 'expected',
        y: 'share',
        fill: 'var(--series-1)',
        r: { value: ({ samples }: { samples: number }) => 2.2 + 2 * Math.sqrt(samples / most), scale: null },
      }),
    ],
  });
}
