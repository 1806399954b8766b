/**
 * Says on the terminal how far a task is: a bar that moves where there is a terminal, a plain line now and then where
 * the output goes to a file or another program.
 */

const BAR_WIDTH = 24;
const PLAIN_INTERVAL_MS = 5000;

/**
 * @param {string} label
 * @param {NodeJS.WriteStream} [stream]
 */
export function startProgress(label, stream = process.stdout) {
  const startedAt = performance.now();
  let printedAt = startedAt;

  /**
   * @param {number | null} fraction from 0 to 1, null where the end is not known
   * @param {string} note
   */
  function update(fraction, note) {
    const percent = fraction === null ? '' : `${Math.floor(fraction * 100)} % `;
    if (stream.isTTY) {
      const filled = Math.round((fraction ?? 0) * BAR_WIDTH);
      const bar = fraction === null ? '' : `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] `;
      stream.write(`\r\u001b[K${label}  ${bar}${percent}${note}`);
    } else if (performance.now() - printedAt > PLAIN_INTERVAL_MS) {
      printedAt = performance.now();
      stream.write(`${label}: ${percent}${note}\n`);
    }
  }

  /** @param {string} result one closing phrase; the time taken is added */
  function finish(result) {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${label}: ${result} (${seconds} s)\n`);
  }

  return { update, finish };
}

/** @param {number} bytes */
export const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
