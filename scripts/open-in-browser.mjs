import { spawn } from 'node:child_process';

/** The desktop's own way to open an address; none where nobody sits in front of it. */
function opener() {
  if (process.env.CI) return null;
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['cmd', '/c', 'start', ''];
  return process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? ['xdg-open'] : null;
}

/**
 * Opens an address in the person's browser where there is a desktop. It is a courtesy: nothing depends on it.
 * @param {string} url
 */
export function openInBrowser(url) {
  const [program, ...args] = opener() ?? [];
  if (program === undefined) return;
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined); // no such program: the address is on the terminal
  child.unref();
}
