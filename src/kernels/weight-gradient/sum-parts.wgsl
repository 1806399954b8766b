// Weight and bias gradient from partial sums: dw[row, column] = Σ_z parts[z, row, column], db[column] = Σ_z parts[z, rows, column], z in order.
// parts [count, rows + 1, columns] · dw [rows, columns] · db [columns].

struct Params {
  count: u32,
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> dw: array<f32>;
@group(0) @binding(2) var<storage, read_write> db: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let columns = p.columns;
  let part = (p.rows + 1u) * columns;
  if (index >= part) { return; }
  let end = p.count * part;
  var sum = 0.0;
  for (var at = index; at < end; at += part) { sum += parts[at]; }
  let bias = p.rows * columns;
  if (index < bias) { dw[index] = sum; } else { db[index - bias] = sum; }
}
