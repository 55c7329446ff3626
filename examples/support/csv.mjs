import { readMatrix } from 'gnvpro';

/** One column of a file as targets, all others as inputs. */
export async function readTable(file, target) {
  const all = await readMatrix(file);
  const targets = await readMatrix({ file, columns: [target] });
  // Which of the columns it is, is seen by what it holds.
  const [, cols] = all.shape;
  const isTarget = (j) => targets.data.every((y, n) => all.data[n * cols + j] === y);
  const others = Array.from({ length: cols }, (_, j) => j).filter((j) => !isTarget(j));
  return { inputs: await readMatrix({ file, columns: others }), targets };
}
