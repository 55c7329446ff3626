import { linearRegression, metrics } from 'gnvpro';

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

function relativeError({ data: predicted }, { data: truth, shape: [, cols] }) {
  return metrics(predicted, truth, cols).relativeError.mean;
}
