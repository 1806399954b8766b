export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Where a run computes, in words for the page and the record. */
export interface DeviceInfo {
  backend: BackendName;
  /** Vendor and architecture of the GPU adapter, or the kind of CPU path. */
  adapter: string;
  /** True where no graphics hardware does the work: a software adapter, wasm or plain JavaScript. */
  software: boolean;
  /** Why WebGPU is not used, with the cure; absent when it is. */
  reason?: string;
}
