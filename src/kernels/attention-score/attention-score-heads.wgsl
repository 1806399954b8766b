// Attention received by each token: score[i] = 1/(heads · queries) Σ_h Σⱼ w_h[j, i] over the heads and the first `queries`
// query rows, with the weights w_h[j, i] = exp(s[j, i] − lse[h, j]) computed again, s[j, i] = q[j]·k[i] · scale.
// The body of a module of head-module.ts: headWidth is divisible by 4 and at most 64; one invocation per `held` keys.
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

@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> lse: array<f32>;
@group(0) @binding(2) var<storage, read_write> score: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 32u;
  let lane = index % lanes;
  let tile = index / lanes;
  let tiles = (p.tokens + lanes * held - 1u) / (lanes * held);
  let isTile = tile < p.batch * tiles;
  let image = min(tile / tiles, p.batch - 1u);
  let key = (tile % tiles * lanes + lane) * held;
  let width = p.heads * fours;
  let step = 3u * width; // from one token to the next
  var sum = vec4<f32>();
  for (var head = 0u; head < p.heads; head++) {
    let q = image * p.tokens * step + head * fours;
    let k = loadEachQkv(q + width, key, step);
    for (var query = 0u; query < p.queries; query++) {
      let s = p.scale * products(k, streamQkv(q + query * step, lane));
      sum += exp(s - lse[(image * p.heads + head) * p.tokens + query]);
    }
  }
  if (!isTile) { return; }
  let means = sum / f32(p.heads * p.queries);
  let into = image * p.tokens;
  if (key < p.tokens) { score[into + key] = means.x; }
  if (held > 1u && key + 1u < p.tokens) { score[into + key + 1u] = means.y; }
  if (held > 2u && key + 2u < p.tokens) { score[into + key + 2u] = means.z; }
  if (held > 3u && key + 3u < p.tokens) { score[into + key + 3u] = means.w; }
}
