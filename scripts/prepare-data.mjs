/**
 * Decodes data sets into `.data/<name>`, ready to be served: `npm run data` for all, `npm run data mnist cifar-10` for
 * some. What is already there and whole is left alone. One that fails does not keep the others from being prepared.
 */
import { dataSets, prepare } from './data-sets/prepare.mjs';

const wanted = process.argv.length > 2 ? process.argv.slice(2) : [...dataSets.keys()];
for (const name of wanted) {
  try {
    await prepare(name);
  } catch (error) {
    console.error(`${name} could not be prepared. ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
