/** The line through points (x, y) by least squares: its slope and the standard error of the slope. */
export function fitLine(x, y) {
  const n = x.length;
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(x), mean(y)];
  const xx = x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
  const slope = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0) / xx;
  const squares = x.reduce((sum, value, i) => sum + (y[i] - my - slope * (value - mx)) ** 2, 0);
  return { slope, error: Math.sqrt(squares / (n - 2) / xx) };
}
