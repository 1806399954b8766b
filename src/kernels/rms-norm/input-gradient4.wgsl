// Gradient of RMS norm with respect to its input: with g = dy · gamma,
// dx = rstd (g − x rstd² mean(g x)), row by row.
// dy, x, dx [rows, columns] · gamma [columns] · rstd [rows]; one invocation per row, columns divisible by 4 and read in fours.

struct Params {
  rows: u32,
  columns: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let width = p.columns / 4u;
  let first = row * width;
  let scale = rstd[row];
  // Over x̂ = x rstd rather than x, whose squares may overflow.
  var products = vec4<f32>();
  for (var i = 0u; i < width; i++) { products = fma(dy[first + i] * gamma[i], x[first + i] * scale, products); }
  let product = (products.x + products.y + products.z + products.w) / f32(p.columns);
  for (var i = 0u; i < width; i++) {
    dx[first + i] = scale * (dy[first + i] * gamma[i] - x[first + i] * scale * product);
  }
}
