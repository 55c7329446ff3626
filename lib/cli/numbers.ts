/** @file Numbers as a terminal shows them. */

export const percent = (value: number) => (Number.isFinite(value) ? `${(100 * value).toPrecision(3)} %` : '–');
export const short = (value: number) => (Number.isFinite(value) ? value.toPrecision(5) : '–');
