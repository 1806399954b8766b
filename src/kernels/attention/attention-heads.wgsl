// Self-attention of every head h: y[i] = Σⱼ softmaxⱼ(s[i, j]) v[j] with s[i, j] = q[i]·k[j] · scale, and
// lse[h, i] = log Σⱼ exp(s[i, j]). The body of a module of head-module.ts: headWidth is
// divisible by 4 and at most 64.
// qkv [batch, tokens, 3 · heads · headWidth], packed q, k, v, each [heads, headWidth] · y [batch, tokens, heads · headWidth] ·
// lse [batch, heads, tokens]
//
// Each invocation keeps `held` queries of one head and their sums in registers and walks over the keys once, with the largest
// score so far subtracted (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018). No barrier is needed.

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
  scale: f32, // 1 / √headWidth
}

@group(0) @binding(0) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> lse: array<f32>;
@group(0) @binding(3) var<uniform> p: Params;

const lowest = -3.4028234e38;

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 32u;
  let lane = index % lanes;
  let tile = index / lanes;
  let tiles = (p.tokens + lanes * held - 1u) / (lanes * held);
  let rows = p.batch * p.heads;
  let isTile = tile < rows * tiles;
  let row = min(tile / tiles, rows - 1u); // batch · heads + head
  let query = (tile % tiles * lanes + lane) * held;
  let width = p.heads * fours;
  let step = 3u * width; // from one token to the next
  let first = row / p.heads * p.tokens * step + row % p.heads * fours;
  let q = loadEachQkv(first, query, step);
  var largest = vec4(lowest);
  var weight = vec4<f32>();
  var sums = Heads();
  for (var key = 0u; key < p.tokens; key++) {
    let at = first + width + key * step;
    let s = p.scale * products(q, streamQkv(at, lane));
    let next = max(largest, s);
    let old = exp(largest - next);
    let fresh = exp(s - next);
    largest = next;
    weight = fma(weight, old, fresh);
    sums = plusEach(timesEach(old, sums), fresh, streamQkv(at + width, lane));
  }
  if (!isTile) { return; }
  storeEachY(timesEach(1.0 / weight, sums), row / p.heads * p.tokens * width + row % p.heads * fours, query, width);
  let logs = largest + log(weight);
  let into = row * p.tokens;
  if (query < p.tokens) { lse[into + query] = logs.x; }
  if (held > 1u && query + 1u < p.tokens) { lse[into + query + 1u] = logs.y; }
  if (held > 2u && query + 2u < p.tokens) { lse[into + query + 2u] = logs.z; }
  if (held > 3u && query + 3u < p.tokens) { lse[into + query + 3u] = logs.w; }
}
