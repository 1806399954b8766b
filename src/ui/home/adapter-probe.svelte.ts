import type { DeviceInfo } from '../../engine/device-info';
import { describeAdapter, isSoftware } from '../../engine/open-device';

/**
 * What this browser will compute on as far as its adapter tells. A worker that opened it would know for certain, but what
 * that loads is many times as large as the home page.
 */
export class AdapterProbe {
  device = $state.raw<DeviceInfo | null>(null);
  readonly trouble: string | null = null;

  async ask(): Promise<void> {
    this.device = await adapterHere();
  }
}

async function adapterHere(): Promise<DeviceInfo> {
  const without = { backend: 'wasm', adapter: 'WebAssembly, one thread', software: true } as const;
  try {
    const gpu = (navigator as Partial<Navigator>).gpu;
    const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) return without;
    const { info } = adapter;
    return { backend: 'webgpu', adapter: describeAdapter(info), software: isSoftware(info) };
  } catch {
    return without; // refused, for example in a sandboxed frame
  }
}
