// First stage of RMS norm's gradient with respect to gamma: over the rows of one chunk,
// dgamma[chunk, c] = Σ dy[r, c] x[r, c] rstd[r].
// dy, x [rows, columns] · rstd [rows] · dgamma [chunks, columns]; one invocation per chunk and column.

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
  chunk: u32, // rows per chunk, the last one shorter
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> rstd: array<f32>;
@group(0) @binding(3) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.chunks * p.columns) { return; }
  let column = index % p.columns;
  let first = index / p.columns * p.chunk;
  let last = min(first + p.chunk, p.rows);
  var sum = 0.0;
  for (var row = first; row < last; row++) {
    let at = row * p.columns + column;
    sum = fma(dy[at], x[at] * rstd[row], sum);
  }
  dgamma[index] = sum;
}
