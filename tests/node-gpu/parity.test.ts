import { expect, test } from 'vitest';
import { definedKernels } from '../../src/kernels/define-kernel';
import '../../src/kernels/native';
import { mistakes } from '../support/kernel-parity';
import { onWebGpu } from '../support/on-webgpu';

// The Dawn of Node's package is another version than the browser's. Every variant is held against its reference there; here
// it is those that runs of the command line get.
onWebGpu();

test.each(definedKernels().map((kernel) => [kernel.name, kernel] as const))(
  '%s equals its reference, output and gradient, as the backend chooses',
  async (_, kernel) => {
    const found: Record<string, string[]> = {};
    for (const each of kernel.cases) {
      const wrong = await mistakes(kernel, each, () => [null]);
      if (wrong.length > 0) found[JSON.stringify([each.shapes, each.attrs])] = wrong;
    }
    expect(found).toEqual({});
  },
);
