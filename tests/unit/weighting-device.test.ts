import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect } from 'vitest';
import { openCompute } from '../../src/engine/open-compute';
import { weightingDeviceLaws } from '../support/weighting-device-laws';

beforeAll(async () => {
  await openCompute('cpu');
  expect(tf.getBackend()).toBe('cpu');
});

describe('weighting methods in a step, in plain JavaScript', weightingDeviceLaws);
