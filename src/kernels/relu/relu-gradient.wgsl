// Gradient of y = max(x, 0): dx = dy where y > 0, and 0 elsewhere.
// dy, y, dx [rows, columns]; one invocation per element, any number of columns.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.rows * (p.columns)) { return; }
  // Where y is not a number, neither is dy.
  dx[index] = select(dy[index], 0.0, y[index] <= 0.0);
}
