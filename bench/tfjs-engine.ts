import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from './engine';
import { stockGradients, useGradients } from './gradients';

/** A backend of tfjs as it is published. */
export interface StockBackend {
  /** Its name in tfjs. */
  name: string;
  adapter: string;
  /** Sends what is only encoded so far, and resolves when it is done. */
  submit(): void;
  done(): Promise<void>;
}

/** tfjs on one of its own backends, with its own gradients and optimizers. */
export function tfjsEngine(description: string, usesGpu: boolean, open: () => Promise<StockBackend>): Engine {
  return {
    description,
    usesGpu,
    async open() {
      const backend = await open();
      const activate = async () => {
        await tf.setBackend(backend.name);
        useGradients(stockGradients);
      };
      return {
        adapter: backend.adapter,
        async trainer(problem, initial) {
          await activate();
          const task = problem.tfjs?.(initial);
          if (!task) return null;
          let latest: tf.Scalar | null = null;
          return {
            activate,
            step() {
              latest?.dispose();
              latest = task.step();
              backend.submit();
              return undefined;
            },
            done: () => backend.done(),
            isWarm: () => true,
            loss: async () => (await latest?.data())?.[0] ?? NaN,
            note: () => null,
            dispose() {
              latest?.dispose();
              task.dispose();
            },
          };
        },
      };
    },
  };
}
