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
