// Gradient of layer norm with respect to its input: with g = dy · gamma and x̂ = (x − mean) · rstd,
// dx = rstd (g − mean(g) − x̂ mean(g x̂)), row by row, plus, where x goes on beside the norm, the gradient dskip from there.
// dy, x, dskip [rows, columns] · gamma [columns] · mean, rstd [rows] · dx [rows, columns]; one invocation per row, columns
// divisible by 4 and read in fours.

struct Params {
  rows: u32,
  columns: u32,
  skip: u32, // 1: add dskip
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
@group(0) @binding(5) var<storage, read> dskip: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(7) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let fours = p.columns / 4u;
  let first = row * fours;
  let center = mean[row];
  let scale = rstd[row];
  var sums = vec4<f32>();
  var products = vec4<f32>();
  for (var i = 0u; i < fours; i++) {
    let g = dy[first + i] * gamma[i];
    sums += g;
    products = fma(g, (x[first + i] - center) * scale, products);
  }
  let sum = (sums.x + sums.y + sums.z + sums.w) / f32(p.columns);
  let product = (products.x + products.y + products.z + products.w) / f32(p.columns);
  for (var i = 0u; i < fours; i++) {
    let normal = (x[first + i] - center) * scale;
    var change = scale * (dy[first + i] * gamma[i] - sum - normal * product);
    if (p.skip == 1u) { change += dskip[first + i]; }
    dx[first + i] = change;
  }
}
