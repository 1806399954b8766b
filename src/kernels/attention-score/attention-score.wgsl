// Attention received by each token: score[i] = 1/(heads · queries) Σ_h Σⱼ w_h[j, i] over the heads and the first `queries`
// query rows, with the weights w_h[j, i] = exp(s[j, i] − lse[h, j]) computed again, s[j, i] = q[j]·k[i] · scale.
// For heads of any width; one invocation per key.
// qkv [batch, tokens, 3 · heads · headWidth], packed q, k, v, each [heads, headWidth] · lse [batch, heads, tokens] ·
// score [batch, tokens]

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
  scale: f32, // 1 / √headWidth
  queries: u32,
}

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> lse: array<f32>;
@group(0) @binding(2) var<storage, read_write> score: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  let image = index / p.tokens;
  if (image >= p.batch) { return; }
  let width = p.heads * p.headWidth;
  var sum = 0.0;
  for (var head = 0u; head < p.heads; head++) {
    let k = index * 3u * width + width + head * p.headWidth;
    for (var query = 0u; query < p.queries; query++) {
      let q = (image * p.tokens + query) * 3u * width + head * p.headWidth;
      var product = 0.0;
      for (var c = 0u; c < p.headWidth; c++) { product = fma(qkv[q + c], qkv[k + c], product); }
      sum += exp(product * p.scale - lse[(image * p.heads + head) * p.tokens + query]);
    }
  }
  score[index] = sum / f32(p.heads * p.queries);
}
