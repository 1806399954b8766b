/** Does one job of the benchmark on Dawn, sent by the process that started it. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { provideGpu, releaseGpu } from '../lab/dawn.mjs';

const job = await new Promise((resolve) => process.once('message', resolve));
const send = (/** @type {object} */ message) => new Promise((resolve) => process.send?.(message, resolve));

try {
  await provideGpu();
  Object.assign(navigator, { userAgent: 'Node.js' }); // jax-js looks for Firefox in it
  const { replyTo } = await import(pathToFileURL(path.resolve('.cache/bench/node/node.cjs')).href);
  await send({ reply: await replyTo(job, (/** @type {string} */ phrase) => void send({ phrase })) });
} catch (error) {
  const failure = error instanceof Error ? error.message : String(error);
  await send({ reply: { failure, isDeviceMissing: true } });
} finally {
  releaseGpu();
  process.exit(); // engines that have no way to be closed keep it alive
}
