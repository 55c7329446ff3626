/** @file Columns that are moved by a table of indices, in a graph of ONNX. */
import type { Graph } from './graph.js';

/** Adds column i of `a` into column indices[i] of the result, which has `count`; those of index −1 are left out. */
export function scatter(g: Graph, a: string, cols: number, indices: Int32Array, count: number): string {
  const sources = sourcesOf(indices, count);
  const most = sources.reduce((most, { length }) => Math.max(most, length), 1);
  const padded = sources.flatMap((columns) => Array.from({ length: most }, (_, i) => columns[i] ?? -1));
  const gathered = g.node('Reshape', [gather(g, a, cols, padded), g.integers([-1, count, most])]);
  return g.node('ReduceSum', [gathered, g.integers([2])], { keepdims: 0 });
}

/** The columns of `a` that come into each column of a scatter. */
function sourcesOf(indices: Int32Array, cols: number): number[][] {
  const sources = Array.from({ length: cols }, (): number[] => []);
  indices.forEach((to, from) => {
    if (to >= 0) sources[to].push(from);
  });
  return sources;
}

/** Index −1 takes a column of zeros behind the others. */
export function gather(g: Graph, a: string, cols: number, indices: ArrayLike<number>): string {
  const columns = Array.from(indices, (index) => (index < 0 ? cols : index));
  const from = columns.includes(cols) ? g.node('Pad', [a, g.integers([0, 0, 0, 1]), g.scalar(0)]) : a;
  return g.node('Gather', [from, g.integers(columns)], { axis: 1 });
}
