/** @file What a program may hold at most: native/program/verify.cc refuses more. */

/** Of a value or a matrix of weights. */
export const mostColumns = 2 ** 24;
/** Numbers of a sample that are kept at a time, as `schedule` places them. */
export const mostSlotColumns = 2 ** 21;
/** Numbers that do not depend on the sample, such as all weights. */
export const mostFixedEntries = 2 ** 28;
