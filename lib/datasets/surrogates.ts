/**
 * @file The two surrogate problems of the paper, CDR and DCR. The scripts setupCDR.m and setupDCR.m of the authors
 * (XtractOpen/Meganet.m) load `Y`, parameters × samples, and `C`, observations × samples.
 */
import { fileError } from '../files/fileError.js';
import { readMat } from '../files/mat.js';
import type { MatArray } from '../files/matArray.js';
import type { DataSet, Table } from './dataSet.js';
import { tableOutput } from './output.js';

const folder = 'http://www.mathcs.emory.edu/~lruthot/pubs/2020-GNvpro/';
const authors = 'E. Newman, L. Ruthotto, J. Hart, B. van Bloemen Waanders: Train Like a (Var)Pro (2020)';
const terms = 'none stated; please cite the paper';

interface Sizes {
  readonly parameters: number;
  readonly observations: number;
}

export const cdr: DataSet = {
  name: 'cdr',
  title: 'Convection–diffusion–reaction: 55 reaction parameters → 72 observations, 800 samples',
  authors,
  page: 'https://arxiv.org/abs/2007.13171',
  terms,
  originals: [{ name: 'CDR_Data.mat', address: `${folder}CDR_Data.mat`, bytes: 634e3, sha256: null }],
  convert: (paths) => convert(paths['CDR_Data.mat'], { parameters: 55, observations: 72 }),
};

export const dcr: DataSet = {
  name: 'dcr',
  title: 'Direct-current resistivity: 3 parameters of the conductivity → 882 observations, 10,000 samples',
  authors,
  page: 'https://arxiv.org/abs/2007.13171',
  terms,
  originals: [{ name: 'DCR_Data.mat', address: `${folder}DCR_Data.mat`, bytes: 64e6, sha256: null }],
  convert: (paths) => convert(paths['DCR_Data.mat'], { parameters: 3, observations: 882 }),
};

async function convert(file: string, { parameters, observations }: Sizes) {
  const { arrays } = await readMat(file);
  const inputs = samples(arrays, 'Y', parameters, file);
  const targets = samples(arrays, 'C', observations, file);
  const [rows, others] = [inputs.shape[0], targets.shape[0]];
  if (rows !== others) {
    throw fileError(`Expected as many samples of Y as of C in ${file} but received ${rows} and ${others}.`);
  }
  return {
    outputs: [
      tableOutput('inputs.npy', `parameters, one of ${rows} samples a row`, inputs),
      tableOutput('targets.npy', 'observations of the same samples', targets),
    ],
  };
}

/** The variable of this name, or else the only one of this size; either way round. */
function samples(arrays: readonly MatArray[], name: string, size: number, file: string): Table {
  const fits = ({ shape }: MatArray) => shape.length === 2 && shape.includes(size) && !shape.includes(0);
  const named = arrays.find((array) => array.name === name);
  const candidates = named === undefined ? arrays.filter(fits) : [named];
  if (candidates.length === 1 && fits(candidates[0])) return byRows(candidates[0], size);
  throw fileError(`Expected ${name}, ${size} × samples, in ${file} but received ${listOf(arrays)}.`);
}

/** Size × samples in columns is, bit for bit, samples × size in rows. */
function byRows({ data, shape: [rows, cols] }: MatArray, size: number): Table {
  if (rows === size) return { data, shape: [cols, rows] };
  const transposed = data.slice();
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) transposed[i * cols + j] = data[j * rows + i];
  }
  return { data: transposed, shape: [rows, cols] };
}

/** E.g. `Y (55 × 800), C (72 × 800)`. */
export function listOf(arrays: readonly MatArray[]): string {
  if (arrays.length === 0) return 'no arrays of numbers';
  return arrays.map(({ name, shape }) => `${name} (${shape.join(' × ')})`).join(', ');
}
