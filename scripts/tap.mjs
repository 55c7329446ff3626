/** Runs test files by rooms and counts: tap's own summary becomes the plain line `N passed, N failed`. */
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { root } from './setup.mjs';

/**
 * Resolves to { passed, failed, skipped, status } when the last room has been shown. `rooms`: lists of files that share
 * a process. `seconds`: what a file may take; 0 for any time.
 */
export async function tap(rooms, env = {}, seconds = 180) {
  const { default: t, Test } = await import('tap'); // which is there once the project has been set up
  t.setTimeout(0); // this process has no tests of its own, for which tap would wait half a minute
  const all = new Test({ name: 'all', jobs: 2 });
  for (const files of rooms) {
    all.spawn(process.execPath, ['--import=tsx', 'scripts/room.mjs', ...files], {
      name: files.length === 1 ? files[0] : `${files.length} files as ${files[0]}`,
      cwd: root,
      env: { ...process.env, TAP_TIMEOUT: String(seconds), ...env },
    });
  }
  all.end();
  const show = printer();
  for await (const line of createInterface({ input: all.pipe(new PassThrough()) })) show(line);
  const { pass, fail, skip, todo } = all.counts;
  return { passed: pass, failed: fail, skipped: skip + todo, status: all.passing() ? 0 : 1 };
}

/** Passing files take one line each; what failed is shown with the whole of its diagnostics. */
function printer() {
  let wanted = false; // the next diagnostics belong to a failure
  let inside = false;
  return (line) => {
    const text = line.trim();
    if (text === '---') inside = true;
    else if (!inside) wanted = /^not ok/.test(text) && !/# (TODO|SKIP)/i.test(text);
    const headline = !inside && (wanted || /^ {4}ok \d+ - test\//.test(line) || /^Bail out!/.test(text));
    if (headline || (inside && wanted)) console.log(line.trimEnd());
    if (text === '...') inside = false;
  };
}

/** The line that runners read, alone on its line; the exit status is 1 when anything failed or nothing ran. */
export function conclude({ passed, failed, skipped, status }) {
  const nothing = passed + failed === 0;
  if (nothing) console.error('No test ran.');
  process.exitCode = status !== 0 || failed > 0 || nothing ? 1 : 0;
  const failures = failed === 0 && process.exitCode !== 0 ? 1 : failed;
  console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}
