// y = softmax(x) over the last axis: y[r, c] = exp(x[r, c] − max x[r]) / Σ exp(x[r] − max x[r]).
// x [rows, columns] · y [rows, columns].
//
// One subgroup per row, 32 rows per workgroup. Subgroups differ in size from device to device, and nothing says which invocations
// share one: each subgroup counts its own lanes and takes the next row of its workgroup until none is left.

enable subgroups;
// The rows differ from subgroup to subgroup; within one, all lanes go the same way.
diagnostic(off, subgroup_uniformity);

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

const groupRows = 32u;

var<workgroup> taken: atomic<u32>;

@compute @workgroup_size(128)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = subgroupAdd(1u);
  let lane = subgroupExclusiveAdd(1u);
  let firstRow = (group.x + group.y * groups.x) * groupRows;
  let endRow = min(firstRow + groupRows, p.rows);
  loop {
    var row = 0u;
    if (lane == 0u) { row = firstRow + atomicAdd(&taken, 1u); }
    row = subgroupBroadcastFirst(row);
    if (row >= endRow) { break; }

    let first = row * p.columns;
    let end = first + p.columns;
    var largest = x[first];
    for (var i = first + lane; i < end; i += lanes) { largest = max(largest, x[i]); }
    largest = subgroupMax(largest);
    var sum = 0.0;
    for (var i = first + lane; i < end; i += lanes) { sum += exp(x[i] - largest); }
    sum = subgroupAdd(sum);
    for (var i = first + lane; i < end; i += lanes) { y[i] = exp(x[i] - largest) / sum; }
  }
}
