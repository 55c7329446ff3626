/** Whether error bars are true, of test targets by the model's own standard deviations. */
export async function calibrationOf(model, { inputs, targets }) {
  const { mean, standardDeviation, noise } = await model.predict(inputs, { uncertainty: true });
  const t = noise.length;
  const terms = Array.from(mean.data, (value, i) => {
    const variance = standardDeviation.data[i] ** 2 + noise[i % t] ** 2;
    const square = (targets.data[i] - value) ** 2 / variance;
    return { logLoss: 0.5 * Math.log(2 * Math.PI * variance) + 0.5 * square, isInside: square < 1.96 ** 2 };
  });
  const meanOf = (some, of) => some.reduce((sum, term) => sum + of(term), 0) / some.length;
  const shareOf = (some) => meanOf(some, ({ isInside }) => Number(isInside));
  const byOutput = Array.from({ length: t }, (_, j) => shareOf(terms.filter((_, i) => i % t === j)));
  /** Mean of −log density, share within 95 %, and its mean distance from 95 % by output. */
  return {
    logLoss: meanOf(terms, ({ logLoss }) => logLoss),
    coverage: shareOf(terms),
    outputsOff: meanOf(byOutput, (share) => Math.abs(share - 0.95)),
  };
}
