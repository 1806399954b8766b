// y = softmax(x) over the last axis: y[r, c] = exp(x[r, c] − max x[r]) / Σ exp(x[r] − max x[r]).
// x [rows, columns] · y [rows, columns].
//
// One workgroup per row; its 64 invocations take every 64th element and meet in a tree in shared memory.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

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

  var largest = x[first];
  for (var i = first + lane; i < end; i += width) { largest = max(largest, x[i]); }
  partials[lane] = largest;
  for (var half = width / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partials[lane] = max(partials[lane], partials[lane + half]); }
  }
  workgroupBarrier();
  largest = partials[0];
  workgroupBarrier();

  var sum = 0.0;
  for (var i = first + lane; i < end; i += width) { sum += exp(x[i] - largest); }
  partials[lane] = sum;
  for (var half = width / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { partials[lane] += partials[lane + half]; }
  }
  workgroupBarrier();
  sum = partials[0];
  for (var i = first + lane; i < end; i += width) { y[i] = exp(x[i] - largest) / sum; }
}
