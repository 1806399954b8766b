import type { DeviceInfo } from '../engine/device-info';

const NAMES = { webgpu: 'WebGPU', wasm: 'WebAssembly', cpu: 'plain JavaScript' } as const;

/** A device in a few words: `WebGPU on apple metal-3`. */
export function deviceText(device: DeviceInfo): string {
  const where = device.adapter && device.backend === 'webgpu' ? ` on ${device.adapter}` : '';
  const kind = device.backend === 'webgpu' && device.software ? ', in software' : '';
  return NAMES[device.backend] + where + kind;
}

/** What a backend is called in a table. */
export const backendName = (device: DeviceInfo): string => NAMES[device.backend];

/** How to get WebGPU in the browser with this user-agent string, one step a line. */
export function webgpuCure(userAgent: string, secureContext: boolean): string[] {
  if (!secureContext)
    return [
      'Browsers offer WebGPU to secure pages only. Open this page over https, or from localhost on this machine.',
    ];
  const linux = /Linux|X11/.test(userAgent) && !/Android/.test(userAgent);
  if (/iPhone|iPad/.test(userAgent))
    return ['On iPhone and iPad, WebGPU needs iOS 26 or later; update the system.'];
  if (/Firefox\//.test(userAgent))
    return [
      'Firefox has WebGPU on Windows since version 141 and on Macs with Apple silicon since 145; update it.',
      linux
        ? 'On Linux open about:config and set dom.webgpu.enabled to true, in Firefox Nightly; or use Chrome.'
        : 'If it is up to date, open about:config and set dom.webgpu.enabled to true, then reload.',
    ];
  if (/Edg\/|Chrom(e|ium)\//.test(userAgent)) return chromiumCure(userAgent, linux);
  if (/Safari\//.test(userAgent))
    return [
      'Safari has WebGPU since version 26; update macOS.',
      'On an older version choose Develop › Feature Flags, switch WebGPU on and reload.',
    ];
  return ['Use a recent Chrome, Edge, Firefox or Safari.'];
}

function chromiumCure(userAgent: string, linux: boolean): string[] {
  const name = /Edg\//.test(userAgent) ? 'Edge' : 'Chrome';
  const scheme = name === 'Edge' ? 'edge' : 'chrome';
  if (/Android/.test(userAgent)) return [`${name} has WebGPU from Android 12 on; update both.`];
  const steps = [
    `In ${scheme}://settings/system switch “Use graphics acceleration when available” on and restart ${name}.`,
  ];
  if (linux)
    steps.push(
      `On Linux open ${scheme}://flags, enable “Unsafe WebGPU Support” and “Vulkan”, and restart ${name}.`,
    );
  steps.push(`${scheme}://gpu says why WebGPU is off; a newer graphics driver often helps.`);
  return steps;
}
