/** The genuine convection–diffusion–reaction data of the paper (GNVPRO_DATA_DIR/cdr), split by a permutation. */
import { readMatrix } from '../dist/index.js';

export async function loadCdr(seed) {
  const folder = `${process.env.GNVPRO_DATA_DIR}/cdr`;
  const names = ['inputs', 'targets', `permutation-seed${seed}`];
  const [inputs, targets, order] = await Promise.all(names.map((name) => readMatrix(`${folder}/${name}.npy`)));
  const part = (first, last) => {
    const rows = order.data.slice(first, last);
    return { inputs: take(inputs, rows), targets: take(targets, rows) };
  };
  return { training: part(0, 400), validation: part(400, 600), test: part(600, 800) };
}

function take({ data, shape: [, cols] }, rows) {
  const taken = Float64Array.from(
    { length: rows.length * cols },
    (_, i) => data[rows[Math.floor(i / cols)] * cols + (i % cols)],
  );
  return { data: taken, shape: [rows.length, cols] };
}
