// y[z, s, c] = Σ x[z, r, c] over the rows r with ids[z, r] = s. Rows whose id names no segment are left out.
// x [batch, rows, columns] · ids [batch, rows] · y [batch, segments, columns]; one invocation per result, which looks at
// every id in order: adding up by atomics would be faster for many segments, but in an order that changes.

struct Params {
  batch: u32,
  rows: u32,
  columns: u32,
  segments: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.batch * p.segments * p.columns) { return; }
  let column = index % p.columns;
  let segment = i32(index / p.columns % p.segments);
  let first = index / (p.columns * p.segments) * p.rows;
  var sum = 0.0;
  for (var row = first; row < first + p.rows; row++) {
    if (ids[row] == segment) { sum += x[row * p.columns + column]; }
  }
  y[index] = sum;
}
