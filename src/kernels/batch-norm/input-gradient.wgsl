// Gradient of batch norm with respect to its input, the statistics being those of the batch: with
// x̂ = (x − mean) / √(variance + eps), dx = gamma / √(variance + eps) (g − dbeta / rows − x̂ dgamma / rows), where
// g = dy, or with ReLU 0 where y is 0.
// dy, x, y, dx [rows, columns] · moments [2, columns]: mean, variance · gamma, dgamma, dbeta [columns]; one invocation per
// element, any number of columns.

struct Params {
  rows: u32,
  columns: u32,
  eps: f32,
  relu: u32, // 1: y was made by ReLU; 0: it is not read
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<f32>;
@group(0) @binding(4) var<storage, read> gamma: array<f32>;
@group(0) @binding(5) var<storage, read> dgamma: array<f32>;
@group(0) @binding(6) var<storage, read> dbeta: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;
@group(0) @binding(8) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let width = p.columns;
  if (index >= p.rows * width) { return; }
  let column = index % width;
  let rstd = 1.0 / sqrt(moments[width + column] + p.eps);
  let normal = (x[index] - moments[column]) * rstd;
  var g = dy[index];
  if (p.relu == 1u) { g = select(g, 0.0, y[index] <= 0.0); }
  dx[index] = gamma[column] * rstd * (g - (dbeta[column] + normal * dgamma[column]) / f32(p.rows));
}
