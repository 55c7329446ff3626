/** Runs tap on files and counts: tap's own summary becomes the plain line `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { root } from './setup.mjs';

/** Resolves to { passed, failed, skipped, status } after the last line of tap has been shown. */
export function tap(files, env = {}) {
  const child = spawn('npx', ['tap', '--reporter=tap', ...files], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    showFailures(String(chunk));
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ ...count(output), status: status ?? 1 }));
  });
}

/** Passing files take one line each; anything that failed is shown with its diagnostics. */
function showFailures(text) {
  for (const line of text.split('\n')) {
    if (/^(ok|not ok|# (?!\{))/.test(line) || /^\s+(not ok|---|message|stack|at|diff|found|wanted|[-+@])/.test(line)) {
      console.log(line.trimEnd());
    }
  }
}

function count(output) {
  const totals = [...output.matchAll(/^# \{ (.*) \}$/gm)].pop()?.[1] ?? '';
  const number = (name) => Number(new RegExp(`${name}: (\\d+)`).exec(totals)?.[1] ?? 0);
  return { passed: number('pass'), failed: number('fail'), skipped: number('skip') + number('todo') };
}

/** The line that runners read, alone on its line; the exit status is 1 when anything failed or nothing ran. */
export function conclude({ passed, failed, skipped, status }) {
  const nothing = passed + failed === 0;
  if (nothing) console.error('No test ran.');
  process.exitCode = status !== 0 || failed > 0 || nothing ? 1 : 0;
  console.log(`${passed} passed, ${failed === 0 && process.exitCode !== 0 ? 1 : failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}
