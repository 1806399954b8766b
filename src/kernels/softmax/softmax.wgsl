// y = softmax(x) over the last axis: y[r, c] = exp(x[r, c] − max x[r]) / Σ exp(x[r] − max x[r]).
// x [rows, columns] · y [rows, columns]; one invocation per row.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let first = row * p.columns;
  let end = first + p.columns;
  var largest = x[first];
  for (var i = first + 1u; i < end; i++) { largest = max(largest, x[i]); }
  var sum = 0.0;
  for (var i = first; i < end; i++) {
    let e = exp(x[i] - largest);
    sum += e;
    y[i] = e;
  }
  for (var i = first; i < end; i++) { y[i] = y[i] / sum; }
}
