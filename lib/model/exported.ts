/** @file A model as exports take it. */
import { noNames } from '../data/names.js';
import { type Exported, withWeights } from '../export/exported.js';
import { lossFacts } from '../loss/registry.js';
import { wholeProgram } from './affine.js';
import type { ModelParts } from './parts.js';

/** Throws ERR_EXPORT. */
export function exportedOf(parts: ModelParts): Exported {
  const { inputs, outputs, theta, loss, classes = null, names = noNames } = parts;
  return {
    inputs,
    outputs,
    program: withWeights(wholeProgram(parts), theta),
    inverseLink: lossFacts(loss).meaning.probabilities,
    classes,
    inputNames: names.inputs,
    outputNames: classes === null ? names.targets : classes.map(String),
  };
}
