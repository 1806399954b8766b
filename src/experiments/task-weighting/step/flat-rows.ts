import * as tf from '@tensorflow/tfjs-core';
import { DeviceError } from '../../../engine/device-error';
import { LabBackend } from '../../../engine/lab-backend';
import { storeRow } from '../../../kernels/store-row/store-row';

/** Numbers of a row that are multiplied and added up by themselves, so that long rows keep a device busy. */
const CHUNK = 256;

/** Vectors, each all numbers of the same variables end to end, that stay on the device from one captured step to the next. */
export class FlatRows {
  /** Numbers in a row. */
  readonly width: number;
  readonly #rows: number;
  /** `[rows, chunks · CHUNK]`, with zeros after the numbers. */
  readonly #matrix: tf.Variable<tf.Rank.R2>;
  readonly #padding: tf.Tensor1D | null;

  /** @throws DeviceError when the device cannot hold them in one piece. */
  constructor(rows: number, variables: ReadonlyMap<string, tf.Variable>) {
    this.#rows = rows;
    this.width = [...variables.values()].reduce((sum, { size }) => sum + size, 0);
    const padded = CHUNK * Math.ceil(this.width / CHUNK);
    const backend = tf.backend();
    if (backend instanceof LabBackend) {
      const { maxBufferSize, maxStorageBufferBindingSize } = backend.device.limits;
      if (4 * rows * padded > Math.min(maxBufferSize, maxStorageBufferBindingSize))
        throw new DeviceError(
          `${rows} gradients of ${this.width} parameters are more than the graphics device holds in one piece: choose a smaller trunk.`,
        );
    }
    this.#matrix = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R2>([rows, padded]), false));
    this.#padding = padded === this.width ? null : tf.keep(tf.zeros<tf.Rank.R1>([padded - this.width]));
  }

  /** Lays tensors, shaped as the variables and in their order, into a row. */
  store(row: number, tensors: readonly tf.Tensor[]): void {
    storeRow(this.#matrix, row, this.#padding ? [...tensors, this.#padding] : tensors);
  }

  /** Σᵢ coefficients[i] · row i, of `[rows]`: `[width]`. */
  combined(coefficients: tf.Tensor1D): tf.Tensor1D {
    const sum = tf.matMul(tf.reshape<tf.Rank.R2>(coefficients, [1, -1]), this.#matrix);
    return tf.slice(tf.reshape<tf.Rank.R1>(sum, [-1]), 0, this.width);
  }

  /** The one row there is, `[width]`. */
  only(): tf.Tensor1D {
    return tf.slice(tf.reshape<tf.Rank.R1>(this.#matrix, [-1]), 0, this.width);
  }

  /** Products of all rows with each other, `[rows · rows]`. */
  gramian(): tf.Tensor1D {
    return this.#products(this.#chunked());
  }

  /** For all pairs of rows the share of the numbers with opposite signs, `[rows · rows]`. */
  oppositeShares(): tf.Tensor1D {
    const signs = tf.sign(this.#chunked());
    // Where neither number is 0 the product of signs is 1 or −1: all such places less those alike are twice those opposite.
    return tf.div(tf.sub(this.#products(tf.abs(signs)), this.#products(signs)), 2 * this.width);
  }

  dispose(): void {
    this.#matrix.dispose();
    this.#padding?.dispose();
  }

  /** `[chunks, rows, CHUNK]` */
  #chunked(): tf.Tensor3D {
    return tf.transpose(tf.reshape<tf.Rank.R3>(this.#matrix, [this.#rows, -1, CHUNK]), [1, 0, 2]);
  }

  #products(chunks: tf.Tensor3D): tf.Tensor1D {
    return tf.reshape<tf.Rank.R1>(tf.sum(tf.matMul(chunks, chunks, false, true), 0), [-1]);
  }
}

/** The pieces of such a vector, by the variables' names and in their shapes. */
export function namedPieces(
  vector: tf.Tensor1D,
  variables: ReadonlyMap<string, tf.Variable>,
): Map<string, tf.Tensor> {
  let offset = 0;
  return new Map(
    [...variables].map(([name, { size, shape }]) => {
      const piece = tf.reshape(tf.slice(vector, offset, size), shape);
      offset += size;
      return [name, piece] as const;
    }),
  );
}
