// Second stage of the mean and variance of each column, from those of chunks of rows (Chan, Golub and LeVeque 1979):
// moments[0, c] = Σ count[chunk] mean[chunk, c] / rows and
// moments[1, c] = Σ (squares[chunk, c] + count[chunk] (mean[chunk, c] − moments[0, c])²) / rows.
// mean, squares [chunks, columns] · moments [2, columns]; one invocation per column.

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
  chunk: u32, // rows per chunk, the last one shorter
}

@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read> squares: array<f32>;
@group(0) @binding(2) var<storage, read_write> moments: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let column = id.x + id.y * groups.x * 64u;
  if (column >= p.columns) { return; }
  let inLast = f32(p.rows - (p.chunks - 1u) * p.chunk);
  var sum = 0.0;
  for (var i = 0u; i < p.chunks; i++) {
    sum = fma(select(f32(p.chunk), inLast, i + 1u == p.chunks), mean[i * p.columns + column], sum);
  }
  let center = sum / f32(p.rows);
  var total = 0.0;
  for (var i = 0u; i < p.chunks; i++) {
    let d = mean[i * p.columns + column] - center;
    total += fma(select(f32(p.chunk), inLast, i + 1u == p.chunks) * d, d, squares[i * p.columns + column]);
  }
  moments[column] = center;
  moments[p.columns + column] = total / f32(p.rows);
}
