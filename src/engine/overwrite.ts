import * as tf from '@tensorflow/tfjs-core';
import { LabBackend } from './lab-backend';

/**
 * Gives a variable other values where it lies, so that steps captured before go on with them. On other backends, which
 * capture nothing, the variable gets a new tensor.
 * @throws RangeError when there are more or fewer values than the variable has elements.
 */
export function overwrite(variable: tf.Variable, values: Float32Array<ArrayBuffer>): void {
  if (values.length !== variable.size)
    throw new RangeError(`${values.length} values do not fill [${variable.shape.join(', ')}]`);
  const backend = tf.backend();
  if (backend instanceof LabBackend) {
    const buffer = backend.bufferOf(variable);
    backend.submitPending(); // what is encoded so far reads the old values
    backend.device.queue.writeBuffer(buffer, 0, values);
    backend.forgetCached([variable.dataId]);
    return;
  }
  const assigned = tf.tensor(values.slice(), variable.shape, 'float32');
  variable.assign(assigned);
  assigned.dispose();
}
