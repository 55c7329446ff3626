import t from 'tap';
import { type Ellipsoid, ellipsoidReach, ellipsoidShare } from '../../lib/problems/ellipsoid.js';

const body: Ellipsoid = { centre: [3, -2, 20], semiAxes: [9, 4, 5], azimuth: 0.6 };
const [cos, sin] = [Math.cos(0.6), Math.sin(0.6)];
const at = (along: number, across: number, down: number) =>
  ellipsoidShare(body, 3 + cos * along - sin * across, -2 + sin * along + cos * across, 20 + down);

t.test('1 in the middle, falling along every semi-axis, 0 from the edge on', async (t) => {
  t.equal(ellipsoidShare(body, 3, -2, 20), 1);
  const ways: ((part: number) => number)[] = [(s) => at(9 * s, 0, 0), (s) => at(0, 4 * s, 0), (s) => at(0, 0, -5 * s)];
  for (const along of ways) {
    t.ok(Math.abs(along(0.5) - (1 - 0.5 ** 4) ** 3) < 1e-12);
    t.ok(Math.abs(along(0.6739) - 0.5) < 1e-3, 'a half');
    t.ok(along(0.999) > 0 && along(1.001) === 0);
  }
});

t.test('a turn of half a circle, or the other way along, is the same body', async (t) => {
  const turned = { ...body, azimuth: body.azimuth + Math.PI };
  for (const [x, y, z] of [
    [5, 0, 21],
    [-1, -5, 19],
    [9, 2, 22],
  ]) {
    t.ok(Math.abs(ellipsoidShare(body, x, y, z) - ellipsoidShare(turned, x, y, z)) < 1e-14);
    t.ok(Math.abs(ellipsoidShare(body, x, y, z) - ellipsoidShare(body, 6 - x, -4 - y, 40 - z)) < 1e-14);
  }
});

t.test('smooth across the edge: three powers of the distance', async (t) => {
  const [near, nearer] = [at(9 * (1 - 0.02), 0, 0), at(9 * (1 - 0.01), 0, 0)];
  t.ok(Math.abs(near / nearer - 8) < 0.8, `${near / nearer}`);
});

t.test('the reach is where the body ends', async (t) => {
  const reach = ellipsoidReach(body);
  const extent = [0, 0, 0];
  for (let theta = 0; theta <= 180; theta++) {
    for (let phi = 0; phi < 360; phi++) {
      const [s, c] = [Math.sin((theta * Math.PI) / 180), Math.cos((theta * Math.PI) / 180)];
      const [along, across] = [9 * s * Math.cos((phi * Math.PI) / 180), 4 * s * Math.sin((phi * Math.PI) / 180)];
      const point = [cos * along - sin * across, sin * along + cos * across, 5 * c];
      point.forEach((x, axis) => {
        extent[axis] = Math.max(extent[axis], x);
      });
    }
  }
  reach.forEach((x, axis) => {
    t.ok(x >= extent[axis] && x < extent[axis] * 1.001, `axis ${axis}`);
  });
});
