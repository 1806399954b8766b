// The form of sigmoid-cross-entropy.wgsl with a workgroup per column: loss[k] = mean over the rows r of
// max(x, 0) − x t + log(1 + exp(−|x|)) with x = x[r, k], t = targets[r, k], and dx[r, k] = (σ(x) − t) / rows.
// x, targets, dx [rows, columns] · loss [columns]; invocation i of a workgroup takes rows i, i + 64 …, and their sums meet
// in shared memory.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let column = id.x + id.y * groups.x;
  if (column >= p.columns) { return; } // the whole workgroup
  var sum = 0.0;
  for (var row = lane; row < p.rows; row += 64u) {
    let at = row * p.columns + column;
    let logit = x[at];
    let t = targets[at];
    let e = exp(-abs(logit)); // never more than 1
    // log(1 + e) where 1 + e would lose e's digits
    let softplus = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
    sum += max(logit, 0.0) - logit * t + softplus;
    dx[at] = (select(e, 1.0, logit >= 0.0) / (1.0 + e) - t) / f32(p.rows);
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane != 0u) { return; }
  var total = 0.0;
  for (var i = 0u; i < 64u; i++) { total += sums[i]; }
  loss[column] = total / f32(p.rows);
}
