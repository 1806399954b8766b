import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Node with Dawn; every job gets a process of its own. */
export function openNode() {
  const script = path.resolve('scripts/bench/job-process.mjs');
  return {
    get versions() {
      const file = '.cache/webgpu/node_modules/webgpu/package.json';
      return { 'webgpu (Dawn)': JSON.parse(readFileSync(file, 'utf8')).version };
    },
    /**
     * @param {object} job
     * @param {(phrase: string) => void} report
     */
    run: (job, report) =>
      new Promise((resolve) => {
        const child = fork(script, { stdio: ['ignore', process.stderr, 'inherit', 'ipc'] });
        /** @type {object | null} */
        let reply = null;
        child.on('message', (/** @type {{ phrase?: string, reply?: object }} */ message) => {
          if (message.phrase !== undefined) report(message.phrase);
          if (message.reply !== undefined) reply = message.reply;
        });
        child.once('error', (error) => resolve({ failure: error.message, isDeviceMissing: false }));
        child.once('close', (code, signal) =>
          resolve(
            reply ?? {
              failure: `the process ended (${signal ?? `exit code ${code}`})`,
              isDeviceMissing: false,
            },
          ),
        );
        child.send(job);
      }),
    close: () => Promise.resolve(),
  };
}
