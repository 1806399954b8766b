// y = x · rstd · gamma, row by row, with rstd = 1 / √(mean(x²) + eps) of the row.
// x, y [rows, columns] · gamma [columns] · rstd [rows]; one invocation per row, any number of columns.

struct Params {
  rows: u32,
  columns: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let width = p.columns;
  let first = row * width;
  var squares = 0.0;
  for (var i = 0u; i < width; i++) { squares = fma(x[first + i], x[first + i], squares); }
  let scale = 1.0 / sqrt(squares / f32(p.columns) + p.eps);
  for (var i = 0u; i < width; i++) { y[first + i] = x[first + i] * scale * gamma[i]; }
  rstd[row] = scale;
}
