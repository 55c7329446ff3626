/** Runs tap on files and counts: tap's own summary becomes the plain line `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { root, run, step } from './setup.mjs';

/** Without this, the first run after an installation still goes by tap's own plugins, which take twice the time. */
function buildPlugins() {
  step('test plugins', ['.taprc', 'package-lock.json'], 'node_modules/.tap-plugins', () =>
    run('npx', ['tap', 'build']),
  );
}

/**
 * Resolves to { passed, failed, skipped, status } after the last line of tap has been shown. `seconds`: what a file may
 * take, in place of what .taprc says.
 */
export async function tap(files, env = {}, seconds = null) {
  buildPlugins();
  const limit = seconds === null ? [] : [`--timeout=${seconds}`];
  const child = spawn('npx', ['tap', '--reporter=tap', ...limit, ...files], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => {
    child.on('close', resolve);
    child.on('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
  });
  const show = printer();
  let totals = '';
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    show(line);
    totals = /^# \{ (.*) \}$/.exec(line)?.[1] ?? totals;
  }
  return { ...count(totals), status: (await ended) ?? 1 };
}

/** Passing files take one line each; what failed is shown with the whole of its diagnostics. */
function printer() {
  let wanted = false; // the next diagnostics belong to a failure
  let inside = false;
  return (line) => {
    const text = line.trim();
    if (text === '---') inside = true;
    else if (!inside) wanted = /^not ok/.test(text) && !/# (TODO|SKIP)/i.test(text);
    const headline = !inside && (wanted || /^(ok|# (?!\{|Subtest))/.test(line) || /^Bail out!/.test(text));
    if (headline || (inside && wanted)) console.log(line.trimEnd());
    if (text === '...') inside = false;
  };
}

function count(totals) {
  const number = (name) => Number(new RegExp(`${name}: (\\d+)`).exec(totals)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail'), skipped: number('skip') + number('todo') };
}

/** The line that runners read, alone on its line; the exit status is 1 when anything failed or nothing ran. */
export function conclude({ passed, failed, skipped, status }) {
  const nothing = passed + failed === 0;
  if (nothing) console.error('No test ran.');
  process.exitCode = status !== 0 || failed > 0 || nothing ? 1 : 0;
  const failures = failed === 0 && process.exitCode !== 0 ? 1 : failed;
  console.log(`${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}
