/** @file An ellipsoidal body with a soft edge. */

export interface Ellipsoid {
  /** x, y, z in metres, z downwards. */
  readonly centre: readonly [number, number, number];
  /** Metres, the first along the azimuth, the third vertical. */
  readonly semiAxes: readonly [number, number, number];
  /** Angle of the first semi-axis from x towards y, in radians. */
  readonly azimuth: number;
}

/**
 * (1 − q²)³ where q = Σ (ξᵢ/aᵢ)² < 1 in the ellipsoid's own axes ξ, else 0: 1 at the centre, a half at 0.67 of the way to the
 * edge. Twice continuously differentiable in the point and in everything that describes the ellipsoid.
 */
export function ellipsoidShare({ centre, semiAxes, azimuth }: Ellipsoid, x: number, y: number, z: number): number {
  const [dx, dy, dz] = [x - centre[0], y - centre[1], z - centre[2]];
  const along = Math.cos(azimuth) * dx + Math.sin(azimuth) * dy;
  const across = Math.cos(azimuth) * dy - Math.sin(azimuth) * dx;
  const q = (along / semiAxes[0]) ** 2 + (across / semiAxes[1]) ** 2 + (dz / semiAxes[2]) ** 2;
  return q < 1 ? (1 - q * q) ** 3 : 0;
}

/** Half of the extent along x, y and z. */
export function ellipsoidReach({ semiAxes: [a, b, c], azimuth }: Ellipsoid): [number, number, number] {
  const [cos, sin] = [Math.cos(azimuth), Math.sin(azimuth)];
  return [Math.hypot(a * cos, b * sin), Math.hypot(a * sin, b * cos), c];
}
