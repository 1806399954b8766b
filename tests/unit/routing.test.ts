import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect } from 'vitest';
import { openCompute } from '../../src/engine/open-compute';
import { routingLaws } from '../support/routing-laws';

beforeAll(async () => {
  await openCompute('cpu');
  expect(tf.getBackend()).toBe('cpu');
});

describe('routing by attention in plain JavaScript', routingLaws);
