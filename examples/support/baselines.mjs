import { linearRegression } from 'gnvpro';

/** Mean per-sample relative test errors of predicting the training mean, and of linear regression. */
export async function baselines(training, test) {
  const regression = await linearRegression(training.inputs, training.targets);
  const mean = { data: repeat(regression.targetMean, test.targets.shape[0]), shape: test.targets.shape };
  return {
    mean: relativeError(mean, test.targets),
    linear: relativeError(regression.predict(test.inputs), test.targets),
  };
}

function repeat(row, count) {
  return Float64Array.from({ length: row.length * count }, (_, i) => row[i % row.length]);
}

function relativeError({ data: predicted }, { data: truth, shape: [count, cols] }) {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const difference = truth.subarray(i * cols, (i + 1) * cols).map((value, j) => predicted[i * cols + j] - value);
    sum += Math.hypot(...difference) / Math.hypot(...truth.subarray(i * cols, (i + 1) * cols));
  }
  return sum / count;
}
