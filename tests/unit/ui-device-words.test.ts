import { describe, expect, test } from 'vitest';
import { deviceText, webgpuCure } from '../../src/ui/device-words';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36';

describe('device in words', () => {
  test('names the backend and the adapter', () => {
    expect(deviceText({ backend: 'webgpu', adapter: 'apple metal-3', software: false })).toBe(
      'WebGPU on apple metal-3',
    );
    expect(deviceText({ backend: 'webgpu', adapter: 'swiftshader', software: true })).toContain(
      'in software',
    );
    expect(deviceText({ backend: 'wasm', adapter: 'SIMD', software: true })).toBe('WebAssembly');
  });
});

describe('how to get WebGPU', () => {
  test('an insecure page is the first thing to mend', () => {
    expect(webgpuCure(CHROME, false)).toHaveLength(1);
    expect(webgpuCure(CHROME, false)[0]).toContain('https');
  });

  test.each([
    ['Chrome on Linux', CHROME, 'chrome://flags'],
    ['Edge', CHROME.replace('X11; Linux x86_64', 'Windows NT 10.0') + ' Edg/150.0', 'edge://settings'],
    ['Firefox', 'Mozilla/5.0 (Windows NT 10.0; rv:150.0) Gecko/20100101 Firefox/150.0', 'about:config'],
    [
      'Safari',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
      'Feature Flags',
    ],
    ['iPhone', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'iOS'],
    ['another', 'Lynx/2.9', 'Use a recent'],
  ])('%s', (_, userAgent, expected) => {
    expect(webgpuCure(userAgent, true).join(' ')).toContain(expected);
  });
});
