/** @file From traces to curves: what can be drawn of a quantity, the best so far, and the median over seeds. */
import type { Trace, TracePoint } from './document.js';

export type CurvePoint = readonly [x: number, y: number];

export interface MethodTraces {
  readonly method: string;
  readonly traces: readonly Trace[];
}

/** Traces by method, in the order of their first trace. */
export function byMethod(traces: readonly Trace[]): MethodTraces[] {
  const groups = new Map<string, Trace[]>();
  for (const trace of traces) groups.set(trace.method, [...(groups.get(trace.method) ?? []), trace]);
  return [...groups].map(([method, own]) => ({ method, traces: own }));
}

export type Abscissa = 'workUnits' | 'seconds';
export type Ordinate = 'objective' | 'gradientNorm' | 'validation';

/**
 * The finite values of a trace, but for those of batches. The abscissa is logarithmic, so that what is not above 0 has no
 * place on it.
 */
export function curveOf({ points }: Trace, x: Abscissa, y: Ordinate): CurvePoint[] {
  return valuesOf(
    points.filter(({ isOfBatch }) => !isOfBatch),
    x,
    y,
  );
}

/** With those of batches, where there are any; else nothing. */
export function curveOnBatches({ points }: Trace, x: Abscissa, y: Ordinate): CurvePoint[] {
  return points.some(({ isOfBatch }) => isOfBatch) ? valuesOf(points, x, y) : [];
}

function valuesOf(points: readonly TracePoint[], x: Abscissa, y: Ordinate): CurvePoint[] {
  const ordinate = (point: TracePoint) => point[y] ?? Number.NaN;
  return points
    .filter((point) => point[x] > 0 && Number.isFinite(point[x]) && Number.isFinite(ordinate(point)))
    .map((point) => [point[x], ordinate(point)]);
}

/** The least value until each point. */
export function bestSoFar(curve: readonly CurvePoint[]): CurvePoint[] {
  let best = Number.POSITIVE_INFINITY;
  return curve.map(([x, y]) => {
    best = Math.min(best, y);
    return [x, best];
  });
}

/**
 * The median of several curves, each of which keeps its last value until its next point. It starts where all have
 * begun; where one has ended its last value counts.
 */
export function medianCurve(curves: readonly (readonly CurvePoint[])[]): CurvePoint[] {
  const drawn = curves.filter((curve) => curve.length > 0);
  if (drawn.length === 0) return [];
  if (drawn.length === 1) return [...drawn[0]];
  const begin = Math.max(...drawn.map(([[x]]) => x));
  const places = [...new Set([begin, ...drawn.flatMap((curve) => curve.map(([x]) => x))])]
    .filter((x) => x >= begin)
    .sort((a, b) => a - b);
  const at = drawn.map(() => 0);
  const median: CurvePoint[] = places.map((x) => [x, medianOf(drawn.map((curve, k) => valueAt(curve, x, at, k)))]);
  return median.filter(([, y], i) => i === 0 || i === median.length - 1 || y !== median[i - 1][1]);
}

/** `at[k]` is where the curve was left; places come in order. */
function valueAt(curve: readonly CurvePoint[], x: number, at: number[], k: number): number {
  while (at[k] + 1 < curve.length && curve[at[k] + 1][0] <= x) at[k]++;
  return curve[at[k]][1];
}

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
