// X from Lᵀ X = Y: x_j = (y_j − Σ_{i > j} L_ij x_i) / L_jj, from the last unknown to the first.
// factor [padded + paddedCount, padded]: L as elimination leaves it (tiles on the diagonal transposed), below it Yᵀ ·
// x [size, count]; one invocation per column of X, which finds 8 unknowns at a time and reads those it has found before.

struct Params {
  size: u32,
  count: u32,
  padded: u32,
}

@group(0) @binding(0) var<storage, read> factor: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let column = id.x + id.y * groups.x * 32u;
  if (column >= p.count) { return; }
  let stride = p.padded / 4u;
  for (var remaining = p.padded / 8u; remaining > 0u; remaining--) {
    let tile = remaining - 1u;
    let y = (p.padded + column) * stride + tile * 2u;
    var low = factor[y];
    var high = factor[y + 1u];
    for (var i = remaining * 8u; i < p.size; i++) {
      let known = x[i * p.count + column];
      low -= known * factor[i * stride + tile * 2u];
      high -= known * factor[i * stride + tile * 2u + 1u];
    }
    // Row j of the transposed tile: L_jj, then what the unknowns after j count for in equation j.
    let diagonal = tile * (8u * stride + 2u);
    for (var j = 4u; j > 0u; j--) {
      let row = factor[diagonal + (j + 3u) * stride + 1u];
      let later = select(vec4<f32>(), row * high, vec4(j) <= vec4(0u, 1u, 2u, 3u));
      high[j - 1u] = (high[j - 1u] - dot(later, vec4(1.0))) / row[j - 1u];
    }
    for (var j = 4u; j > 0u; j--) {
      let row = factor[diagonal + (j - 1u) * stride];
      let beyond = factor[diagonal + (j - 1u) * stride + 1u];
      let later = select(vec4<f32>(), row * low, vec4(j) <= vec4(0u, 1u, 2u, 3u));
      low[j - 1u] = (low[j - 1u] - dot(later, vec4(1.0)) - dot(beyond, high)) / row[j - 1u];
    }
    for (var j = 0u; j < 8u; j++) {
      let unknown = tile * 8u + j;
      if (unknown < p.size) { x[unknown * p.count + column] = select(low[j % 4u], high[j % 4u], j >= 4u); }
    }
  }
}
