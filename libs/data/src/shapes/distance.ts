/**
 * Signed distances from a point to the outline of a shape of radius about 1 around the origin, negative inside.
 * The star is Inigo Quilez' (https://iquilezles.org/articles/distfunctions2d/), the rest elementary.
 */
export type Distance = (x: number, y: number) => number;

const { abs, cos, max, min, sign, sqrt, PI } = Math;

/** Math.hypot guards against overflow, which takes most of its time. */
export const norm = (x: number, y: number): number => sqrt(x * x + y * y);

const disc =
  (radius: number): Distance =>
  (x, y) =>
    norm(x, y) - radius;

const box =
  (halfWidth: number, halfHeight: number, cx = 0, cy = 0): Distance =>
  (x, y) => {
    const dx = abs(x - cx) - halfWidth;
    const dy = abs(y - cy) - halfHeight;
    return norm(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0);
  };

const union =
  (a: Distance, b: Distance): Distance =>
  (x, y) =>
    min(a(x, y), b(x, y));

const outline =
  (shape: Distance, halfThickness: number): Distance =>
  (x, y) =>
    abs(shape(x, y)) - halfThickness;

/** A convex polygon with `corners` corners on a circle, by its edges' half-planes. */
function polygon(corners: number, radius: number): Distance {
  const apothem = radius * cos(PI / corners);
  const normals = Array.from({ length: corners }, (_, i) => {
    const angle = (2 * PI * i) / corners;
    return [cos(angle), Math.sin(angle)] as const;
  });
  return (x, y) => max(...normals.map(([nx, ny]) => x * nx + y * ny - apothem));
}

function star(radius: number): Distance {
  const [k1x, k1y, k2x, k2y] = [0.809016994375, -0.587785252292, -0.809016994375, -0.587785252292];
  const inner = 0.42;
  return (px, py) => {
    let x = abs(px);
    let y = py;
    const a = 2 * max(k1x * x + k1y * y, 0);
    [x, y] = [x - a * k1x, y - a * k1y];
    const b = 2 * max(k2x * x + k2y * y, 0);
    [x, y] = [abs(x - b * k2x), y - b * k2y - radius];
    const [bax, bay] = [inner * -k1y, inner * k1x - 1];
    const h = min(max((x * bax + y * bay) / (bax * bax + bay * bay), 0), radius);
    return norm(x - bax * h, y - bay * h) * sign(y * bax - x * bay);
  };
}

const crescent: Distance = (x, y) => max(norm(x, y) - 0.95, 0.75 - norm(x - 0.45, y));

/** The ten classes. Each differs from its neighbour in structure: filled or hollow, one piece or two, which corners. */
export const shapes: Readonly<Record<string, Distance>> = {
  disc: disc(0.85),
  ring: outline(disc(0.75), 0.17),
  square: box(0.72, 0.72),
  frame: outline(box(0.65, 0.65), 0.15),
  triangle: polygon(3, 1.1),
  cross: union(box(0.95, 0.27), box(0.27, 0.95)),
  star: star(1.1),
  crescent,
  bars: union(box(0.9, 0.22, 0, 0.5), box(0.9, 0.22, 0, -0.5)),
  ell: union(box(0.25, 0.85, -0.55, 0), box(0.8, 0.25, 0, 0.6)),
};
