// Gradient of y = softmax(x): dx[r, c] = y[r, c] (dy[r, c] − Σ dy[r] y[r]).
// dy, y [rows, columns] · dx [rows, columns].
//
// One workgroup per row; its 64 invocations take every 64th element and meet in a tree in shared memory.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

const width = 64u;

var<workgroup> partials: array<f32, width>;

@compute @workgroup_size(width)
fn main(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let row = group.x + group.y * groups.x;
  if (row >= p.rows) { return; }
  let first = row * p.columns;
  let end = first + p.columns;
  var product = 0.0;
  for (var i = first + lane; i < end; i += width) { product = fma(dy[i], y[i], product); }
  partials[lane] = product;
  for (var half = width / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partials[lane] += partials[lane + half]; }
  }
  workgroupBarrier();
  product = partials[0];
  for (var i = first + lane; i < end; i += width) { dx[i] = y[i] * (dy[i] - product); }
}
