// First stage of the mean and variance of each column: over the rows of one chunk,
// mean[chunk, c] = Σ x[r, c] / count and squares[chunk, c] = Σ (x[r, c] − mean[chunk, c])².
// x [rows, columns] · mean, squares [chunks, columns]; one invocation per chunk and column, any number of columns.

struct Params {
  rows: u32,
  columns: u32,
  chunks: u32,
  chunk: u32, // rows per chunk, the last one shorter
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> squares: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let width = p.columns;
  if (index >= p.chunks * width) { return; }
  let column = index % width;
  let first = index / width * p.chunk;
  let last = min(first + p.chunk, p.rows);
  var sum = 0.0;
  for (var row = first; row < last; row++) { sum += x[row * width + column]; }
  let center = sum / f32(last - first);
  // A second pass over the centered values: E[x²] − E[x]² would cancel for columns far from zero.
  var total = 0.0;
  for (var row = first; row < last; row++) {
    let d = x[row * width + column] - center;
    total = fma(d, d, total);
  }
  mean[index] = center;
  squares[index] = total;
}
