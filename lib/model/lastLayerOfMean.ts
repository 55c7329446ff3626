/** @file The last layer of the mean of models whose features stand side by side. */

/** outputs × (features of the first, of the second, …, bias), all divided by their number. `members`: outputs × m each. */
export function lastLayerOfMean(members: readonly Float64Array[], outputs: number, bias: boolean): Float64Array {
  const columns = members[0].length / outputs;
  const features = columns - Number(bias);
  const all = features * members.length + Number(bias);
  const result = new Float64Array(outputs * all);
  members.forEach((W, k) => {
    for (let o = 0; o < outputs; o++) {
      for (let j = 0; j < features; j++) {
        result[o * all + k * features + j] = W[o * columns + j] / members.length;
      }
      if (bias) result[o * all + all - 1] += W[o * columns + features] / members.length;
    }
  });
  return result;
}
