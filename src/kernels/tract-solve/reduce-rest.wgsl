// What the step of factor-columns.wgsl leaves to the columns right of it: work ← work − P Pᵀ, with P the eight columns of L
// just found, below the diagonal and in the tiles on it.
// factor [rows, padded] · work [rows, padded], in place; one invocation per tile of 4 rows × 8 columns.

struct Params {
  padded: u32,
  rows: u32,
  first: u32, // of the eight columns
}

@group(0) @binding(0) var<storage, read> factor: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> work: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 32u;
  let next = p.first + 8u;
  let across = (p.padded - next) / 8u;
  let row = next + index / across * 4u;
  let column = next + index % across * 8u;
  if (row >= p.rows || column > row / 8u * 8u) { return; }
  let stride = p.padded / 4u;
  let panel = p.first / 4u;
  let b0l = factor[(column + 0u) * stride + panel];
  let b0h = factor[(column + 0u) * stride + panel + 1u];
  let b1l = factor[(column + 1u) * stride + panel];
  let b1h = factor[(column + 1u) * stride + panel + 1u];
  let b2l = factor[(column + 2u) * stride + panel];
  let b2h = factor[(column + 2u) * stride + panel + 1u];
  let b3l = factor[(column + 3u) * stride + panel];
  let b3h = factor[(column + 3u) * stride + panel + 1u];
  let b4l = factor[(column + 4u) * stride + panel];
  let b4h = factor[(column + 4u) * stride + panel + 1u];
  let b5l = factor[(column + 5u) * stride + panel];
  let b5h = factor[(column + 5u) * stride + panel + 1u];
  let b6l = factor[(column + 6u) * stride + panel];
  let b6h = factor[(column + 6u) * stride + panel + 1u];
  let b7l = factor[(column + 7u) * stride + panel];
  let b7h = factor[(column + 7u) * stride + panel + 1u];
  {
    let al = factor[(row + 0u) * stride + panel];
    let ah = factor[(row + 0u) * stride + panel + 1u];
    let at = (row + 0u) * stride + column / 4u;
    let low = vec4(dot(al, b0l), dot(al, b1l), dot(al, b2l), dot(al, b3l)) +
      vec4(dot(ah, b0h), dot(ah, b1h), dot(ah, b2h), dot(ah, b3h));
    work[at] -= low;
    let high = vec4(dot(al, b4l), dot(al, b5l), dot(al, b6l), dot(al, b7l)) +
      vec4(dot(ah, b4h), dot(ah, b5h), dot(ah, b6h), dot(ah, b7h));
    work[at + 1u] -= high;
  }
  {
    let al = factor[(row + 1u) * stride + panel];
    let ah = factor[(row + 1u) * stride + panel + 1u];
    let at = (row + 1u) * stride + column / 4u;
    let low = vec4(dot(al, b0l), dot(al, b1l), dot(al, b2l), dot(al, b3l)) +
      vec4(dot(ah, b0h), dot(ah, b1h), dot(ah, b2h), dot(ah, b3h));
    work[at] -= low;
    let high = vec4(dot(al, b4l), dot(al, b5l), dot(al, b6l), dot(al, b7l)) +
      vec4(dot(ah, b4h), dot(ah, b5h), dot(ah, b6h), dot(ah, b7h));
    work[at + 1u] -= high;
  }
  {
    let al = factor[(row + 2u) * stride + panel];
    let ah = factor[(row + 2u) * stride + panel + 1u];
    let at = (row + 2u) * stride + column / 4u;
    let low = vec4(dot(al, b0l), dot(al, b1l), dot(al, b2l), dot(al, b3l)) +
      vec4(dot(ah, b0h), dot(ah, b1h), dot(ah, b2h), dot(ah, b3h));
    work[at] -= low;
    let high = vec4(dot(al, b4l), dot(al, b5l), dot(al, b6l), dot(al, b7l)) +
      vec4(dot(ah, b4h), dot(ah, b5h), dot(ah, b6h), dot(ah, b7h));
    work[at + 1u] -= high;
  }
  {
    let al = factor[(row + 3u) * stride + panel];
    let ah = factor[(row + 3u) * stride + panel + 1u];
    let at = (row + 3u) * stride + column / 4u;
    let low = vec4(dot(al, b0l), dot(al, b1l), dot(al, b2l), dot(al, b3l)) +
      vec4(dot(ah, b0h), dot(ah, b1h), dot(ah, b2h), dot(ah, b3h));
    work[at] -= low;
    let high = vec4(dot(al, b4l), dot(al, b5l), dot(al, b6l), dot(al, b7l)) +
      vec4(dot(ah, b4h), dot(ah, b5h), dot(ah, b6h), dot(ah, b7h));
    work[at + 1u] -= high;
  }
}
