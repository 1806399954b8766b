import { existsSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { exitCode, spawnNpm } from '../npm.mjs';

const FOLDER = path.resolve('.cache/webgpu');
/** Dawn, the WebGPU of Chromium, for Node: the version that was tried. It is large, so only who uses it gets it. */
const NPM_PACKAGE = 'webgpu@0.6.2';
/** Where Linux distributions put Chromium, which brings a software graphics card for Vulkan. */
const CHROMIUM_FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'];
const DRIVER = 'vk_swiftshader_icd.json';
const VULKAN = 'libvulkan.so.1';

async function install() {
  const entry = path.join(FOLDER, 'node_modules', 'webgpu', 'index.js');
  if (existsSync(entry)) return entry;
  await mkdir(FOLDER, { recursive: true });
  process.stderr.write(`Installing ${NPM_PACKAGE} into .cache/webgpu (about 130 MB unpacked) …\n`);
  const args = ['install', '--prefix', FOLDER, '--no-save', '--no-fund', '--no-audit', '--fetch-retries=1'];
  const stdio = /** @type {const} */ (['ignore', process.stderr, 'inherit']);
  const code = await exitCode(spawnNpm([...args, NPM_PACKAGE], { stdio: [...stdio] }));
  if (code !== 0 || !existsSync(entry)) throw new Error(`npm could not install ${NPM_PACKAGE}.`);
  return entry;
}

/**
 * Points Vulkan to Chromium's software driver, and Dawn to Chromium's Vulkan for machines that have none.
 * @returns {Promise<boolean>} whether there is one; false too where somebody has chosen a driver
 */
async function useSoftwareDriver() {
  if (process.platform !== 'linux' || process.env.VK_ICD_FILENAMES || process.env.VK_DRIVER_FILES)
    return false;
  const { SEEDLAB_BROWSER: browser } = process.env; // where the tests downloaded one
  const folders = browser ? [path.dirname(browser), ...CHROMIUM_FOLDERS] : CHROMIUM_FOLDERS;
  const chromium = folders.find((folder) => existsSync(path.join(folder, DRIVER)));
  if (chromium === undefined) return false;
  process.env.VK_ICD_FILENAMES = path.join(chromium, DRIVER);
  // Dawn looks for Vulkan beside itself; the path that the system searches is fixed once a process runs.
  const besideDawn = path.join(FOLDER, 'node_modules/webgpu/dist', `linux-${process.arch}`, VULKAN);
  await rm(besideDawn, { force: true });
  await symlink(path.join(chromium, VULKAN), besideDawn);
  return true;
}

/**
 * Gives this process WebGPU: `navigator.gpu` and the names that pages have.
 * @throws Error that says in a sentence why not.
 */
export async function provideGpu() {
  const { create, globals } = await import(pathToFileURL(await install()).href);
  let gpu = create([]);
  // A second instance reads the drivers anew.
  if ((await gpu.requestAdapter()) === null && (await useSoftwareDriver())) gpu = create([]);
  if ((await gpu.requestAdapter()) === null) {
    throw new Error('Dawn found no graphics adapter, nor a software one (Chromium brings one on Linux).');
  }
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
}

/** Dawn keeps the process alive for as long as somebody holds it. */
export function releaseGpu() {
  Reflect.deleteProperty(globalThis, 'navigator');
}
