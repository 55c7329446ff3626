/** @file The Indian Pines image: a cube of spectra and a map of what grows where. */
import { fileError } from '../files/fileError.js';
import { readMat } from '../files/mat.js';
import type { MatArray } from '../files/matArray.js';
import type { DataSet, Table } from './dataSet.js';
import { tableOutput } from './output.js';
import { listOf } from './surrogates.js';

const side = 145;
const [cubeFile, mapFile] = ['Indian_pines.mat', 'Indian_pines_gt.mat'];

/** Classes of the map: its numbers 1 to 16; 0 is background. */
const classes = [
  'Alfalfa',
  'Corn-notill',
  'Corn-mintill',
  'Corn',
  'Grass-pasture',
  'Grass-trees',
  'Grass-pasture-mowed',
  'Hay-windrowed',
  'Oats',
  'Soybean-notill',
  'Soybean-mintill',
  'Soybean-clean',
  'Wheat',
  'Woods',
  'Buildings-Grass-Trees-Drives',
  'Stone-Steel-Towers',
];

export const indianPines: DataSet = {
  name: 'indian-pines',
  title: 'Indian Pines: 145 × 145 pixels in 220 bands (AVIRIS, 1992) with 16 classes of land use',
  authors:
    'M. F. Baumgardner, L. L. Biehl, D. A. Landgrebe (Purdue University, doi:10.4231/R7RX991C); as .mat files: Grupo de ' +
    'Inteligencia Computacional, University of the Basque Country',
  page: 'https://www.ehu.eus/ccwintco/index.php?title=Hyperspectral_Remote_Sensing_Scenes',
  terms: 'see doi:10.4231/R7RX991C, which asks to cite it; none stated with the .mat files',
  originals: [
    {
      name: cubeFile,
      address: 'https://www.ehu.eus/ccwintco/uploads/2/22/Indian_pines.mat',
      bytes: 6e6,
      sha256: null,
      alsoNamed: ['Indian_pines_corrected.mat'], // 200 bands, without those that water absorbs
    },
    {
      name: mapFile,
      address: 'https://www.ehu.eus/ccwintco/uploads/c/c4/Indian_pines_gt.mat',
      bytes: 1e3,
      sha256: null,
    },
  ],
  convert: async (paths) => {
    const inputs = spectra(await onlyArray(paths[cubeFile], 3), paths[cubeFile]);
    const labels = labelsOf(await onlyArray(paths[mapFile], 2), paths[mapFile]);
    return {
      outputs: [
        tableOutput('inputs.npy', `bands of a pixel a row; pixel ${side} · row + column of the image`, inputs),
        tableOutput('labels.npy', 'classes of the same pixels; 0 is background', labels),
      ],
      facts: { rows: side, columns: side, classes },
    };
  },
};

/** The array of the image's size, 145 × 145 in its first two dimensions. */
async function onlyArray(file: string, dimensions: 2 | 3): Promise<MatArray> {
  const { arrays } = await readMat(file);
  const found = arrays.filter(({ shape }) => {
    return shape.length === dimensions && shape[0] === side && shape[1] === side && shape[2] !== 0;
  });
  if (found.length === 1) return found[0];
  const what = dimensions === 3 ? `${side} × ${side} × bands` : `${side} × ${side}`;
  throw fileError(`Expected one array of ${what} in ${file} but received ${listOf(arrays)}.`);
}

function spectra({ data, shape: [rows, cols, bands], name }: MatArray, file: string): Table {
  const inputs = data.slice();
  for (let band = 0; band < bands; band++) {
    for (let col = 0; col < cols; col++) {
      for (let row = 0; row < rows; row++) {
        const value = data[row + rows * (col + cols * band)];
        if (!Number.isFinite(value)) {
          throw fileError(
            `Expected finite numbers in ${name} of ${file} but received ${value} in row ${row}, column ${col}.`,
          );
        }
        inputs[(row * cols + col) * bands + band] = value;
      }
    }
  }
  return { data: inputs, shape: [rows * cols, bands] };
}

function labelsOf({ data, shape: [rows, cols], name }: MatArray, file: string): Table {
  const labels = new Uint8Array(rows * cols);
  for (let i = 0; i < data.length; i++) {
    const [row, col] = [i % rows, Math.floor(i / rows)];
    const label = data[i];
    if (!(Number.isInteger(label) && label >= 0 && label <= classes.length)) {
      throw fileError(
        `Expected classes 0 to ${classes.length} in ${name} of ${file} but received ${label} in row ${row}, column ${col}.`,
      );
    }
    labels[row * cols + col] = label;
  }
  return { data: labels, shape: [rows * cols, 1] };
}
