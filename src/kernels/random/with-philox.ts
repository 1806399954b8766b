import normals from './normals.wgsl?raw';
import philox from './philox.wgsl?raw';

/** A shader with the generator: `philox(counter, key)` and `multiply_high(a, b)`. */
export const withPhilox = (body: string): string => `${body}\n${philox}`;

/** A shader with the generator and with `uniform_of(words)` and `normals_of(words)`. */
export const withNormals = (body: string): string => `${withPhilox(body)}\n${normals}`;
