// y[i, j, k, l] = x at the same place before its axes were permuted.
// y [extents], x read with the stride that each axis of y has in x; one invocation per four elements; the last axis stays the last and is divisible by 4.

struct Params {
  size: u32,
  extent1: u32,
  extent2: u32,
  extent3: u32,
  stride0: u32, // of y's axis 0 in x
  stride1: u32,
  stride2: u32,
  stride3: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.size / 4u) { return; }
  let extent3 = p.extent3 / 4u;
  var rest = index;
  let l = rest % extent3;
  rest /= extent3;
  let k = rest % p.extent2;
  rest /= p.extent2;
  let j = rest % p.extent1;
  let i = rest / p.extent1;
  y[index] = x[(i * p.stride0 + j * p.stride1 + k * p.stride2) / 4u + l];
}
