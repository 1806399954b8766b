// Gradient of y = softmax(x): dx[r, c] = y[r, c] (dy[r, c] − Σ dy[r] y[r]).
// dy, y [rows, columns] · dx [rows, columns]; one invocation per row.

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
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let first = row * p.columns;
  let end = first + p.columns;
  var product = 0.0;
  for (var i = first; i < end; i++) { product = fma(dy[i], y[i], product); }
  for (var i = first; i < end; i++) { dx[i] = y[i] * (dy[i] - product); }
}
