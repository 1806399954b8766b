// Gradients of y = z + scatter(gate · rows): drows[b, s] = gate[b, s] dy[b, indices[b, s]] and
// dgate[b, s] = dy[b, indices[b, s]] · rows[b, s]; zeros for an index that names no token.
// dy [batch, tokens, width] · indices [batch, k] · rows [batch, k, width] · gate [batch, k] ·
// drows [batch, k, width] · dgate [batch, k]; one invocation per slot.

struct Params {
  batch: u32,
  tokens: u32,
  k: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read> rows: array<f32>;
@group(0) @binding(3) var<storage, read> gate: array<f32>;
@group(0) @binding(4) var<storage, read_write> drows: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgate: array<f32>;
@group(0) @binding(6) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let slot = id.x + id.y * groups.x * 64u;
  if (slot >= p.batch * p.k) { return; }
  let token = indices[slot];
  let isToken = token >= 0 && token < i32(p.tokens);
  let source = (slot / p.k * p.tokens + select(0u, u32(token), isToken)) * p.width;
  let at = slot * p.width;
  let factor = gate[slot];
  var product = 0.0;
  for (var i = 0u; i < p.width; i++) {
    let d = select(0.0, dy[source + i], isToken);
    drows[at + i] = factor * d;
    product = fma(d, rows[at + i], product);
  }
  dgate[slot] = product;
}
