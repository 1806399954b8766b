// First stage of batch norm's gradients with respect to gamma and beta: over the rows of one chunk,
// dgamma[chunk, c] = Σ g[r, c] (x[r, c] − mean[c]) / √(variance[c] + eps) and dbeta[chunk, c] = Σ g[r, c],
// with g = dy, or with ReLU 0 where y is 0.
// dy, x, y [rows, columns] · moments [2, columns]: mean, variance · dgamma, dbeta [chunks, columns]; one invocation per
// chunk and column, any number of columns.

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
  chunk: u32, // rows per chunk, the last one shorter
  eps: f32,
  relu: u32, // 1: y was made by ReLU; 0: it is not read
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> y: array<f32>;
@group(0) @binding(3) var<storage, read> moments: array<f32>;
@group(0) @binding(4) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(5) var<storage, read_write> dbeta: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let width = p.columns;
  if (index >= p.chunks * width) { return; }
  let column = index % width;
  let first = index / width * p.chunk;
  let last = min(first + p.chunk, p.rows);
  let center = moments[column];
  var gammaSum = 0.0;
  var betaSum = 0.0;
  for (var row = first; row < last; row++) {
    let at = row * width + column;
    var g = dy[at];
    if (p.relu == 1u) { g = select(g, 0.0, y[at] <= 0.0); }
    gammaSum = fma(g, x[at] - center, gammaSum);
    betaSum += g;
  }
  dgamma[index] = gammaSum / sqrt(moments[width + column] + p.eps);
  dbeta[index] = betaSum;
}
