/** Median seconds of `work`, repeated for about `budget` seconds after one unmeasured call. */
export function median(work, budget = 1.5, least = 5) {
  work();
  const times = [];
  const end = performance.now() + budget * 1000;
  while (times.length < least || (performance.now() < end && times.length < 1000)) {
    const start = performance.now();
    work();
    times.push((performance.now() - start) / 1000);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}
