/** @file Long loops over samples on the calling thread, cut into slices: between two the event loop gets its turn. */
import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from './cancel.js';
import { type Job, perform, type Steps } from './job.js';
import { type Rows, someRows } from './rows.js';

/** Numbers of a slice: about a millisecond of work. */
const sliceNumbers = 2 ** 17;

const turn: Job<void> = { sync: () => {}, async: () => setImmediate() };

/** The event loop gets its turn. Throws ERR_ABORTED. */
export function* giveWay(cancelFlag: Int32Array): Steps<void> {
  yield* perform(turn);
  throwIfCancelled(cancelFlag);
}

/** `work(begin, end)` for consecutive rows of `cols` numbers, in order. Throws ERR_ABORTED between slices. */
export function* inSlices(
  rows: number,
  cols: number,
  cancelFlag: Int32Array,
  work: (begin: number, end: number) => void,
): Steps<void> {
  const step = Math.max(1, Math.floor(sliceNumbers / cols));
  for (let begin = 0; begin < rows; begin += step) {
    if (begin > 0) yield* giveWay(cancelFlag);
    work(begin, Math.min(begin + step, rows));
  }
}

/** Gets some rows of a matrix, and where its numbers lie. */
export type RowWork = (some: Float64Array, at: { begin: number; end: number }) => void;

/** Does work on some rows of a matrix after the other. */
export function inRows(cancelFlag: Int32Array) {
  return function* (m: Rows, work: RowWork): Steps<void> {
    const [rows, cols] = m.shape;
    yield* inSlices(rows, cols, cancelFlag, (begin, end) => {
      work(someRows(m, begin, end), { begin: begin * cols, end: end * cols });
    });
  };
}
