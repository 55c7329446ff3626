/** Rows first … last − 1 of a matrix. */
export function rows({ data, shape: [count, cols] }, first = 0, last = count) {
  return { data: data.slice(first * cols, last * cols), shape: [last - first, cols] };
}

/** Consecutive parts of the samples, e.g. 400 + 200 + 200. */
export function split({ inputs, targets }, sizes) {
  let first = 0;
  return sizes.map((size) => {
    const part = { inputs: rows(inputs, first, first + size), targets: rows(targets, first, first + size) };
    first += size;
    return part;
  });
}
