// loss[r] = Σ_c t[r, c] (log Σ exp(x[r]) − x[r, c]) and dx[r, c] = Σ t[r] softmax(x[r])[c] − t[r, c], its gradient.
// The target t is a distribution given as such (soft) or ones at a label, shrunk by 1 − ε and ε / columns added
// everywhere. A row whose label names no class counts for nothing. With `mean`, loss is one number, the mean over the
// rows that count, and dx its gradient.
// x [rows, columns] logits · targets [rows] labels or [rows, columns], read as bits · loss [rows] or [1] ·
// dx [rows, columns]; one invocation per row, and one more for the mean, which goes through all rows itself: less work
// than a barrier or a second launch where they are few.

override soft = false;

struct Params {
  rows: u32,
  columns: u32,
  smoothing: f32, // ε
  mean: u32,
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

fn largestOf(row: u32) -> f32 {
  let first = row * p.columns;
  var largest = x[first];
  for (var i = 1u; i < p.columns; i++) { largest = max(largest, x[first + i]); }
  return largest;
}

/** The loss of a row from its largest logit and Σ exp(x − largest). */
fn lossOf(row: u32, largest: f32, sum: f32) -> f32 {
  let first = row * p.columns;
  let logSum = log(sum);
  var total = 0.0;
  for (var i = 0u; i < p.columns; i++) {
    let t = targetAt(row, i);
    // A class that cannot be (logit −∞) and is not wanted costs nothing.
    if (t != 0.0) { total += t * (logSum - (x[first + i] - largest)); }
  }
  return total;
}

fn meanLoss(countedRows: f32) -> f32 {
  var total = 0.0;
  for (var row = 0u; row < p.rows; row++) {
    if (!counts(row)) { continue; }
    let largest = largestOf(row);
    var sum = 0.0;
    for (var i = 0u; i < p.columns; i++) { sum += exp(x[row * p.columns + i] - largest); }
    total += lossOf(row, largest, sum);
  }
  return total / countedRows;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row > p.rows) { return; }
  var countedRows = 1.0;
  if (p.mean == 1u) {
    countedRows = f32(p.rows);
    if (!soft) {
      countedRows = 0.0;
      for (var other = 0u; other < p.rows; other++) { countedRows += select(0.0, 1.0, counts(other)); }
    }
  }
  if (row == p.rows) {
    if (p.mean == 1u) { loss[0] = meanLoss(countedRows); }
    return;
  }
  let first = row * p.columns;
  if (!counts(row)) {
    for (var i = 0u; i < p.columns; i++) { dx[first + i] = 0.0; }
    if (p.mean == 0u) { loss[row] = 0.0; }
    return;
  }
  let largest = largestOf(row);
  var sum = 0.0;
  var wanted = 0.0;
  for (var i = 0u; i < p.columns; i++) {
    let e = exp(x[first + i] - largest);
    sum += e;
    dx[first + i] = e;
    wanted += targetAt(row, i);
  }
  if (!soft) { wanted = 1.0; } // to the bit
  for (var i = 0u; i < p.columns; i++) {
    dx[first + i] = (wanted * (dx[first + i] / sum) - targetAt(row, i)) / countedRows;
  }
  if (p.mean == 0u) { loss[row] = lossOf(row, largest, sum); }
}
