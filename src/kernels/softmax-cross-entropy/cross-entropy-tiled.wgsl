// The mean form of cross-entropy.wgsl: loss = mean over the rows that count of Σ_c t[r, c] (log Σ exp(x[r]) − x[r, c]),
// and dx its gradient.
// x [rows, columns] logits · targets [rows] labels or [rows, columns], read as bits · loss [1] · dx [rows, columns]; one
// workgroup for everything: invocation i takes rows i, i + 256 …, and their sums meet in shared memory.

override soft = false;

struct Params {
  rows: u32,
  columns: u32,
  smoothing: f32, // ε
  mean: u32, // 1
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> p: Params;

var<workgroup> totals: array<f32, 256>;
var<workgroup> counted: array<f32, 256>;

fn counts(row: u32) -> bool {
  return soft || targets[row] < p.columns; // −1 is far above, read without its sign
}

fn targetAt(row: u32, column: u32) -> f32 {
  var t = 0.0;
  if (soft) { t = bitcast<f32>(targets[row * p.columns + column]); } else { t = select(0.0, 1.0, targets[row] == column); }
  return (1.0 - p.smoothing) * t + p.smoothing / f32(p.columns);
}

@compute @workgroup_size(256)
fn main(@builtin(local_invocation_index) own: u32) {
  var total = 0.0;
  var countedRows = 0.0;
  for (var row = own; row < p.rows; row += 256u) {
    let first = row * p.columns;
    if (!counts(row)) {
      for (var i = 0u; i < p.columns; i++) { dx[first + i] = 0.0; }
      continue;
    }
    countedRows += 1.0;
    var largest = x[first];
    for (var i = 1u; i < p.columns; i++) { largest = max(largest, x[first + i]); }
    var sum = 0.0;
    var wanted = 0.0;
    for (var i = 0u; i < p.columns; i++) {
      let e = exp(x[first + i] - largest);
      sum += e;
      dx[first + i] = e;
      wanted += targetAt(row, i);
    }
    if (!soft) { wanted = 1.0; } // to the bit
    let logSum = log(sum);
    for (var i = 0u; i < p.columns; i++) {
      let t = targetAt(row, i);
      dx[first + i] = wanted * (dx[first + i] / sum) - t;
      // A class that cannot be (logit −∞) and is not wanted costs nothing.
      if (t != 0.0) { total += t * (logSum - (x[first + i] - largest)); }
    }
  }
  totals[own] = total;
  counted[own] = countedRows;
  workgroupBarrier();
  var allRows = 0.0;
  for (var i = 0u; i < 256u; i++) { allRows += counted[i]; }
  if (own == 0u) {
    var sum = 0.0;
    for (var i = 0u; i < 256u; i++) { sum += totals[i]; }
    loss[0] = sum / allRows;
  }
  for (var row = own; row < p.rows; row += 256u) {
    for (var i = row * p.columns; i < (row + 1u) * p.columns; i++) { dx[i] = dx[i] / allRows; }
  }
}
