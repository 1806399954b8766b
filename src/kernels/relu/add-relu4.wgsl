// y = max(a + b, 0), not a number where a + b is none.
// a, b, y [rows, columns]; one invocation per element, columns divisible by 4 and read in fours.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.rows * (p.columns / 4u)) { return; }
  let sum = a[index] + b[index];
  // Comparing keeps NaN, which max() need not.
  y[index] = select(sum, vec4<f32>(), sum < vec4<f32>());
}
