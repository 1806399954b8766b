// y[r, c] = act(gamma[c] (x[r, c] − mean[c]) / √(variance[c] + eps) + beta[c]).
// x, y [rows, columns] · moments [2, columns]: mean, variance · gamma, beta [columns]; one invocation per element,
// any number of columns.

struct Params {
  rows: u32,
  columns: u32,
  eps: f32,
  relu: u32, // 1: negative results become 0
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> moments: array<f32>;
@group(0) @binding(2) var<storage, read> gamma: array<f32>;
@group(0) @binding(3) var<storage, read> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let width = p.columns;
  if (index >= p.rows * width) { return; }
  let column = index % width;
  let scale = gamma[column] / sqrt(moments[width + column] + p.eps);
  let value = fma(x[index] - moments[column], scale, beta[column]);
  // Comparing keeps NaN, which max() need not.
  y[index] = select(value, 0.0, p.relu == 1u && value < 0.0);
}
