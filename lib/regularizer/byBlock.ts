/** @file Tikhonov regularisation with a number of its own for every block of weights of a network. */

import { GnvproError } from '../errors.js';
import { Network } from '../network/network.js';
import { checkNumber, checkOptions, invalid, suggestion } from '../validate/check.js';
import { blockRegularizer } from './blocks.js';
import { checkTerm } from './check.js';
import type { QuadraticRegularizer } from './quadratic.js';
import { tikhonov } from './tikhonov.js';

export interface ByBlockOptions {
  /** α of the blocks that no key names (default 0). */
  readonly others?: number;
  /** θ_ref, as many weights as the network has (default 0). */
  readonly reference?: Float64Array | null;
}

/**
 * ½ Σ α_b ‖θ_b − θ_ref,b‖² over the blocks b of the network. A key of `alphas` is the name of a block (`0.K`), the index
 * of a layer (`0`), or whatever a name begins with (`2.node1`); of several that fit the longest counts.
 *
 * @throws GnvproError ERR_OPTION for a key that no block has, or a number that cannot be; ERR_SHAPE, ERR_NONFINITE
 */
export function tikhonovByBlock(
  network: Network,
  alphas: Readonly<Record<string, number>>,
  options: ByBlockOptions = {},
): QuadraticRegularizer {
  checkOptions(options, ['others', 'reference'], 'tikhonovByBlock');
  const { others = 0, reference = null } = options;
  if (!(network instanceof Network)) throw invalid('a Network', 'network', network);
  checkTerm(others, reference, network.weights);
  checkKeys(network, alphas);
  const keys = Object.keys(alphas).sort((a, b) => b.length - a.length);
  const terms = network.blocks.map(({ name, rows, cols, offset }) => {
    const key = keys.find((candidate) => covers(candidate, name));
    const size = rows * cols;
    return tikhonov(size, key === undefined ? others : alphas[key], reference?.slice(offset, offset + size) ?? null);
  });
  return terms.length === 0 ? tikhonov(0, 0) : blockRegularizer(terms);
}

function checkKeys(network: Network, alphas: Readonly<Record<string, number>>): void {
  if (alphas === null || typeof alphas !== 'object') throw invalid('an object of numbers', 'alphas', alphas);
  const names = network.blocks.map(({ name }) => name);
  for (const [key, alpha] of Object.entries(alphas)) {
    checkNumber(alpha, `alphas["${key}"]`, { min: 0 });
    if (names.some((name) => covers(key, name))) continue;
    throw new GnvproError('ERR_OPTION', `Unknown block "${key}" of the network.${suggestion(key, names)}`);
  }
}

function covers(key: string, name: string): boolean {
  return name === key || name.startsWith(`${key}.`);
}
