/** Area between the points and the reference point, both objectives minimised. */
export function hypervolume(points, [right, top]) {
  let area = 0;
  let height = top;
  for (const [x, y] of points.filter(([x]) => x < right).toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (y >= height) continue;
    area += (right - x) * (height - y);
    height = y;
  }
  return area;
}
