/**
 * Finds a browser with WebGPU for the tests, installing one where the machine has none. On its own,
 * `node scripts/find-browser.mjs` says which one the tests would take.
 */
import { pathToFileURL } from 'node:url';
import { installedBrowsers } from './browser/installed-browsers.mjs';
import { obtainableBrowsers } from './browser/obtainable-browsers.mjs';
import { tryBrowser } from './browser/try-browser.mjs';

/**
 * Every browser is tried for real: a page in it must get a WebGPU device.
 * @returns {Promise<string>} path of the program
 * @throws Error that lists what was tried and why each would not do.
 */
export async function findBrowser() {
  /** @type {string[]} */
  const refusals = [];
  const isUsable = async (/** @type {string} */ executable) => {
    const outcome = await tryBrowser(executable);
    if ('adapter' in outcome) {
      console.log(`Browser: ${executable} (WebGPU: ${outcome.adapter})`);
      return true;
    }
    console.log(`Browser: not ${executable}: ${outcome.problem}.`);
    refusals.push(`${executable}: ${outcome.problem}`);
    return false;
  };

  const chosen = process.env.SEEDLAB_BROWSER;
  if (chosen) {
    if (await isUsable(chosen)) return chosen;
    throw new Error(`SEEDLAB_BROWSER names a browser that will not do. ${refusals.join('; ')}.`);
  }
  for (const executable of installedBrowsers()) if (await isUsable(executable)) return executable;

  for (const { name, isPossible, install } of obtainableBrowsers) {
    if (!isPossible) continue;
    console.log(`Browser: getting ${name} …`);
    try {
      const executable = await install();
      if (await isUsable(executable)) return executable;
    } catch (error) {
      refusals.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      console.log(`Browser: not ${refusals.at(-1)}.`);
    }
  }
  throw new Error(
    `The tests need Chrome or Chromium with WebGPU and found none (${refusals.join('; ')}). ` +
      'Install Chrome, or set SEEDLAB_BROWSER to the path of one that has WebGPU.',
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    await findBrowser();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
