/** Maps of classes as a picture. */
import { PNG } from 'pngjs';

/** Of class 0 (background) to 16. */
const colours = [
  [238, 238, 238],
  [31, 119, 180],
  [255, 127, 14],
  [44, 160, 44],
  [214, 39, 40],
  [148, 103, 189],
  [140, 86, 75],
  [227, 119, 194],
  [127, 127, 127],
  [188, 189, 34],
  [23, 190, 207],
  [174, 199, 232],
  [255, 187, 120],
  [152, 223, 138],
  [255, 152, 150],
  [197, 176, 213],
  [196, 156, 148],
];
const zoom = 3;
const gap = 4;

/** Side by side, as the bytes of a PNG. */
export function drawMaps(maps, { rows, cols }) {
  const png = new PNG({ width: zoom * (maps.length * (cols + gap) - gap), height: zoom * rows });
  png.data.fill(255);
  maps.forEach((map, k) => {
    for (let y = 0; y < zoom * rows; y++) {
      for (let x = 0; x < zoom * cols; x++) {
        const [r, g, b] = colours[map[Math.floor(y / zoom) * cols + Math.floor(x / zoom)]];
        png.data.set([r, g, b, 255], 4 * (y * png.width + zoom * k * (cols + gap) + x));
      }
    }
  });
  return PNG.sync.write(png);
}
