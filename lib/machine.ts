/** @file The machine that results come from. */
import { cpus, hostname } from 'node:os';

export interface Machine {
  readonly host: string;
  readonly platform: string;
  readonly arch: string;
  readonly cpu: string;
  readonly cores: number;
}

export function machineFacts(): Machine {
  const { platform, arch } = process;
  return { host: hostname(), platform, arch, cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length };
}
