/** @file Why there is no addon that could be loaded, and the one cure. */

export interface System {
  readonly platform: string;
  readonly arch: string;
  readonly node: string;
  /** Null where there is no glibc: on musl, macOS and Windows. */
  readonly glibc: string | null;
}

/** This system; slow, as Node writes a whole report for it. */
export function thisSystem(): System {
  const { platform, arch, version } = process;
  const report =
    platform === 'linux' ? (process.report.getReport() as { header?: { glibcVersionRuntime?: string } }) : {};
  return { platform, arch, node: version, glibc: report.header?.glibcVersionRuntime ?? null };
}

/** A sentence of what is wrong, by the words of the loader, what to install, and the command. */
export function addonMissing(message: string, system: System): string {
  return (
    `${reason(message, system)} To build it from the sources in the package, install a C++20 compiler, make, CMake 3.19 ` +
    'or newer, the pthread build of OpenBLAS, and Google Highway (Debian, Ubuntu: apt-get install g++ make cmake ' +
    "libopenblas-dev libhwy-dev), then run: npx gnvpro build. Without it works backend: 'js' alone, slowly.\n" +
    `(${message.trim()})`
  );
}

function reason(message: string, { platform, arch, node, glibc }: System): string {
  const libc = platform !== 'linux' ? '' : glibc === null ? ' with musl' : ` with glibc ${glibc}`;
  const here = `${platform}-${arch}${libc} and Node ${node}`;
  const needed = newest([...message.matchAll(/GLIBC_([\d.]+)' not found/g)].map(([, version]) => version));
  if (needed !== null) return `The native addon of gnvpro needs glibc ${needed} or newer, and this is ${here}.`;
  if (message.includes('libopenblas')) {
    return 'The native addon of gnvpro was built with the OpenBLAS of the system, which is not there any more.';
  }
  if (message.startsWith('No native build')) return `gnvpro brings no native addon for ${here}.`;
  return `The native addon of gnvpro cannot be loaded on ${here}.`;
}

function newest(versions: readonly string[]): string | null {
  return [...versions].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? null;
}
