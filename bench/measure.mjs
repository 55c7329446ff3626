/** A Gauss–Newton iteration at θ, time and again: evaluation, gradient, step. */
export function iterationAt(objective, theta, options) {
  let point;
  return () => {
    const next = objective.at(theta, point).sync(); // of a convex loss: W begins at the one before, which is optimal
    point?.drop();
    point = next;
    point.gradient().sync();
    point.step(options, null).sync();
  };
}

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
