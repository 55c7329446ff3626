/** @file Numbers as people read them, and the ticks of logarithmic axes. */

const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** A number in at most `digits` significant digits; with a power of ten where zeros would have to be counted. */
export function numberText(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞';
  const [mantissa, exponent] = value.toExponential(digits - 1).split('e');
  const power = Number(exponent);
  if (value === 0 || (power >= -3 && power < 5))
    return withMinus(Number(value.toPrecision(digits)).toLocaleString('en-US', { maximumFractionDigits: 12 }));
  const factor = String(Number(mantissa));
  const ten = `10${raise(power)}`;
  if (factor === '1') return ten;
  return withMinus(factor === '-1' ? `-${ten}` : `${factor}·${ten}`);
}

function raise(power: number): string {
  const digits = [...String(Math.abs(power))].map((digit) => raised[Number(digit)]).join('');
  return power < 0 ? `⁻${digits}` : digits;
}

const withMinus = (text: string) => text.replace('-', '−');

/** Powers of ten, every so many where there are more than six; with multiples of them where there would be too few. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Math.log10(high / low);
  const factors = decades < 0.7 ? [1, 1.5, 2, 3, 4, 5, 6, 8] : decades < 1.5 ? [1, 2, 5] : decades < 2.5 ? [1, 3] : [1];
  const stride = Math.max(1, Math.ceil(decades / 6));
  const ticks: number[] = [];
  for (let power = first; power <= last; power++) {
    if (power % stride === 0) for (const factor of factors) ticks.push(factor * 10 ** power);
  }
  return ticks.map((tick) => Number(tick.toPrecision(12))).filter((tick) => tick >= low && tick <= high);
}

/** The least and the greatest of finite numbers, whatever their count. */
export function extent(values: Iterable<number>): [number, number] | null {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : null;
}
