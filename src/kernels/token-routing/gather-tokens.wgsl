// y[b, s] = z[b, indices[b, s]]: the listed rows, copied. An index that names no token gives a row of zeros.
// z [batch, tokens, width] · indices [batch, k] · y [batch, k, width]; one invocation per element.

alias Lanes = f32; const lanes = 1u; // or vec4<f32> and 4

struct Params {
  batch: u32,
  tokens: u32,
  k: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> z: array<Lanes>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<Lanes>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let element = id.x + id.y * groups.x * 64u;
  let across = p.width / lanes;
  let slot = element / across;
  if (slot >= p.batch * p.k) { return; }
  let token = indices[slot];
  if (token < 0 || token >= i32(p.tokens)) {
    y[element] = Lanes();
    return;
  }
  y[element] = z[(slot / p.k * p.tokens + u32(token)) * across + element % across];
}
