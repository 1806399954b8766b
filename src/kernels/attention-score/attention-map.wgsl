// The attention map of every head: map[h, i, j] = exp(q[i]·k[j] · scale − lse[h, i]), row = query, column = key.
// qkv [batch, tokens, 3 · heads · headWidth], packed q, k, v, each [heads, headWidth] · lse [batch, heads, tokens] ·
// map [batch, heads, tokens, tokens]; one invocation per element.

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
  scale: f32, // 1 / √headWidth
}

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> lse: array<f32>;
@group(0) @binding(2) var<storage, read_write> map: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let query = index / p.tokens; // (batch · heads + head) · tokens + token
  let row = query / p.tokens;
  if (row >= p.batch * p.heads) { return; }
  let width = p.heads * p.headWidth;
  let first = row / p.heads * p.tokens * 3u * width + row % p.heads * p.headWidth;
  let q = first + query % p.tokens * 3u * width;
  let k = first + index % p.tokens * 3u * width + width;
  var product = 0.0;
  for (var c = 0u; c < p.headWidth; c++) { product = fma(qkv[q + c], qkv[k + c], product); }
  map[index] = exp(product * p.scale - lse[query]);
}
