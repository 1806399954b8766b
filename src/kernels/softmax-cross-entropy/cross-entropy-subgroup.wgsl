// The form of cross-entropy.wgsl with one loss per row: loss[r] = Σ_c t[r, c] (log Σ exp(x[r]) − x[r, c]) and
// dx[r, c] = Σ t[r] softmax(x[r])[c] − t[r, c].
// x [rows, columns] logits · targets [rows] labels or [rows, columns], read as bits · loss [rows] · dx [rows, columns];
// one subgroup per row, one workgroup for 16 rows, whatever the size of a subgroup.

enable subgroups;
diagnostic(off, subgroup_uniformity); // a row is the same for its whole subgroup, which the compiler cannot know

override soft = false;

struct Params {
  rows: u32,
  columns: u32,
  smoothing: f32, // ε
  mean: u32, // 0
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

fn counts(row: u32) -> bool {
  return soft || targets[row] < p.columns; // −1 is far above, read without its sign
}

fn targetAt(row: u32, column: u32) -> f32 {
  var t = 0.0;
  if (soft) { t = bitcast<f32>(targets[row * p.columns + column]); } else { t = select(0.0, 1.0, targets[row] == column); }
  return (1.0 - p.smoothing) * t + p.smoothing / f32(p.columns);
}

@compute @workgroup_size(128)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) own: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_size) size: u32,
) {
  let end = (group.x + group.y * groups.x) * 16u + 16u;
  for (var row = end - 16u + own / size; row < min(end, p.rows); row += 128u / size) {
    let first = row * p.columns;
    if (!counts(row)) {
      for (var i = lane; i < p.columns; i += size) { dx[first + i] = 0.0; }
      if (lane == 0u) { loss[row] = 0.0; }
      continue;
    }
    var ownLargest = x[first + min(lane, p.columns - 1u)];
    for (var i = lane; i < p.columns; i += size) { ownLargest = max(ownLargest, x[first + i]); }
    let largest = subgroupMax(ownLargest);
    var ownSum = 0.0;
    var ownWanted = 0.0;
    for (var i = lane; i < p.columns; i += size) {
      let e = exp(x[first + i] - largest);
      ownSum += e;
      dx[first + i] = e;
      ownWanted += targetAt(row, i);
    }
    let sum = subgroupAdd(ownSum);
    let wanted = select(1.0, subgroupAdd(ownWanted), soft);
    let logSum = log(sum);
    var ownTotal = 0.0;
    for (var i = lane; i < p.columns; i += size) {
      let t = targetAt(row, i);
      dx[first + i] = wanted * (dx[first + i] / sum) - t;
      // A class that cannot be (logit −∞) and is not wanted costs nothing.
      if (t != 0.0) { ownTotal += t * (logSum - (x[first + i] - largest)); }
    }
    let total = subgroupAdd(ownTotal);
    if (lane == 0u) { loss[row] = total; }
  }
}
