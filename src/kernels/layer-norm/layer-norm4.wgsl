// y = (x − mean) · rstd · gamma + beta, row by row, with mean and rstd = 1 / √(variance + eps) of the row.
// x [rows, columns] · gamma, beta [columns] · y [rows, columns] · mean, rstd [rows]; one invocation per row, columns
// divisible by 4 and read in fours.

struct Params {
  rows: u32,
  columns: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> beta: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> mean: array<f32>;
@group(0) @binding(5) var<storage, read_write> rstd: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let fours = p.columns / 4u;
  let first = row * fours;
  var sum = vec4<f32>();
  for (var i = 0u; i < fours; i++) { sum += x[first + i]; }
  let center = (sum.x + sum.y + sum.z + sum.w) / f32(p.columns);
  // A second pass over the centered values: E[x²] − E[x]² would cancel for rows far from zero.
  var squares = vec4<f32>();
  for (var i = 0u; i < fours; i++) {
    let d = x[first + i] - center;
    squares = fma(d, d, squares);
  }
  let variance = (squares.x + squares.y + squares.z + squares.w) / f32(p.columns);
  let scale = 1.0 / sqrt(variance + p.eps);
  for (var i = 0u; i < fours; i++) {
    y[first + i] = fma((x[first + i] - center) * scale, gamma[i], beta[i]);
  }
  mean[row] = center;
  rstd[row] = scale;
}
