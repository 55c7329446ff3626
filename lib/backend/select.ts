/** @file Names of the backends. There is no silent fallback from one to the other. */
import { checkOneOf } from '../validate/check.js';
import type { Backend } from './backend.js';
import { jsBackend } from './js/backend.js';
import { nativeBackend } from './native.js';

export const backendNames = ['native', 'js'] as const;
export type BackendName = (typeof backendNames)[number];

export function selectBackend(name: BackendName): Backend {
  checkOneOf(name, 'backend', backendNames);
  return name === 'native' ? nativeBackend : jsBackend;
}
