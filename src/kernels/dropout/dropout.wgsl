// y = x · mask / (1 − p): the mask drops x[i] where uniform number i of a Philox4x32-10 stream at a step is below p. The
// counter of four of them is [block, 0, step, 0] (src/math/philox-stream.ts).
// x, y [size] · step [1]; one invocation per block.

struct Params {
  size: u32,
  key0: u32,
  key1: u32,
  threshold: u32, // p · 2²⁴, rounded up
  scale: f32, // 1 / (1 − p)
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> step: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

// The upper 32 bits of the 64-bit product, by halves.
fn multiply_high(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u);
  let carry = a0 * b1 + (middle & 0xffffu);
  return a1 * b1 + (middle >> 16u) + (carry >> 16u);
}

fn philox(counter: vec4<u32>, key: vec2<u32>) -> vec4<u32> {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    c = vec4(
      multiply_high(0xcd9e8d57u, c.z) ^ c.y ^ k.x,
      0xcd9e8d57u * c.z,
      multiply_high(0xd2511f53u, c.x) ^ c.w ^ k.y,
      0xd2511f53u * c.x,
    );
    k += vec2(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let block = id.x + id.y * groups.x * 64u;
  let first = 4u * block;
  if (first >= p.size) { return; }
  let words = philox(vec4(block, 0u, bitcast<u32>(step[0]), 0u), vec2(p.key0, p.key1));
  // A product, so that a NaN that is dropped is still seen.
  let factors = select(vec4(p.scale), vec4(0.0), (words >> vec4(8u)) < vec4(p.threshold));
  let end = min(p.size, first + 4u);
  for (var i = first; i < end; i++) { y[i] = x[i] * factors[i - first]; }
}
