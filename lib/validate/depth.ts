/** @file Nesting of values from outside: what walks through them by recursion would run out of stack. */

/** Deeper than anything that people write. */
export const deepest = 200;

/** Whether lists and object literals lie within each other beyond `deepest`; so do those that contain themselves. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (!Array.isArray(value) && !isPlain(value)) return false;
  if (depth === deepest) return true;
  const entries: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return entries.some((inner) => isTooDeep(inner, depth + 1));
}

/** An object literal, of this realm or another: its prototype is the last of its chain. */
export function isPlain(value: unknown): value is object {
  if (value === null || typeof value !== 'object') return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
