/** @file How many samples derivatives are taken of in one go. */
import type { Program } from '../program/program.js';

/** They bound the memory for residuals, and how long an abort or the main thread waits. */
const mostSamples = 1024;
const mostNumbers = 2 ** 24;

/** `linearize`: a program with residuals. */
export function samplesAtATime({ instructions }: Program): number {
  const columns = instructions.reduce((sum, { shape }) => sum + shape.cols, 0);
  return Math.min(mostSamples, Math.max(1, Math.floor(mostNumbers / columns)));
}
