// First stage of layer norm's gradients with respect to gamma and beta: over the rows of one chunk,
// dgamma[chunk, c] = Σ dy[r, c] (x[r, c] − mean[r]) rstd[r] and dbeta[chunk, c] = Σ dy[r, c].
// dy, x [rows, columns] · mean, rstd [rows] · dgamma, dbeta [chunks, columns]; one invocation per chunk and four columns,
// columns divisible by 4.

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
  chunk: u32, // rows per chunk, the last one shorter
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read_write> dgamma: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dbeta: array<vec4<f32>>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let fours = p.columns / 4u;
  if (index >= p.chunks * fours) { return; }
  let column = index % fours;
  let first = (index / fours) * p.chunk;
  let last = min(first + p.chunk, p.rows);
  var gammaSum = vec4<f32>();
  var betaSum = vec4<f32>();
  for (var row = first; row < last; row++) {
    let d = dy[row * fours + column];
    gammaSum = fma(d, (x[row * fours + column] - mean[row]) * rstd[row], gammaSum);
    betaSum += d;
  }
  dgamma[index] = gammaSum;
  dbeta[index] = betaSum;
}
