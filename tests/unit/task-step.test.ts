import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { beforeAll, describe } from 'vitest';
import { taskStepLaws } from '../support/task-step-laws';

describe('the training step in tfjs', () => {
  beforeAll(() => tf.setBackend('cpu'));
  taskStepLaws();
});
