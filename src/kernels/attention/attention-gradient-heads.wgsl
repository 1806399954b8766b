// Gradient of self-attention, with the weights w[i, j] = exp(s[i, j] − lse[i]) computed again, s[i, j] = q[i]·k[j] · scale,
// and the gradients of the scores ds[i, j] = w[i, j] (dy[i]·v[j] − delta[i]) · scale:
// dq[i] = Σⱼ ds[i, j] k[j],  dk[j] = Σᵢ ds[i, j] q[i],  dv[j] = Σᵢ w[i, j] dy[i].
// The body of a module of head-module.ts: headWidth is divisible by 4 and at most 64.
// dy [batch, tokens, heads · headWidth] · qkv, dqkv [batch, tokens, 3 · heads · headWidth], packed q, k, v, each
// [heads, headWidth] · lse, delta [batch, heads, tokens]
//
// Each invocation of the first layer of workgroups keeps `held` queries of one head in registers and walks over the keys, for
// dq; each of the second keeps `held` keys and walks over the queries, for dk and dv. No barrier is needed.

struct Params {
  batch: u32,
  tokens: u32,
  heads: u32,
  headWidth: u32,
  scale: f32, // 1 / √headWidth
}

@group(0) @binding(0) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> qkv: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> p: Params;

/** Of four queries from `query` on, the last one again past the end. */
fn lseOf(row: u32, query: u32) -> vec4<f32> {
  let first = row * p.tokens;
  let last = first + p.tokens - 1u;
  let at = first + query;
  return vec4(lse[min(at, last)], lse[min(at + 1u, last)], lse[min(at + 2u, last)], lse[min(at + 3u, last)]);
}

fn deltaOf(row: u32, query: u32) -> vec4<f32> {
  let first = row * p.tokens;
  let last = first + p.tokens - 1u;
  let at = first + query;
  return vec4(delta[min(at, last)], delta[min(at + 1u, last)], delta[min(at + 2u, last)], delta[min(at + 3u, last)]);
}

@compute @workgroup_size(32)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let index = id.x + id.y * groups.x * 32u;
  let lane = index % lanes;
  let tile = index / lanes;
  let tiles = (p.tokens + lanes * held - 1u) / (lanes * held);
  let rows = p.batch * p.heads;
  let isTile = tile < rows * tiles;
  let row = min(tile / tiles, rows - 1u); // batch · heads + head
  let token = (tile % tiles * lanes + lane) * held;
  let width = p.heads * fours;
  let step = 3u * width; // from one token to the next in qkv
  let head = row % p.heads * fours;
  let first = row / p.heads * p.tokens * step + head;
  let firstDy = row / p.heads * p.tokens * width + head;
  if (group.z == 0u) {
    let q = loadEachQkv(first, token, step);
    let d = loadEachDy(firstDy, token, width);
    let logs = lseOf(row, token);
    let deltas = deltaOf(row, token);
    var dq = Heads();
    for (var key = 0u; key < p.tokens; key++) {
      let at = first + width + key * step;
      let k = streamQkv(at, lane);
      let weights = exp(p.scale * products(q, k) - logs);
      let ds = p.scale * weights * (products(d, streamQkv(at + width, lane)) - deltas);
      dq = plusEach(dq, ds, k);
    }
    if (isTile) { storeEachDqkv(dq, first, token, step); }
  } else {
    let k = loadEachQkv(first + width, token, step);
    let v = loadEachQkv(first + 2u * width, token, step);
    var dk = Heads();
    var dv = Heads();
    for (var query = 0u; query < p.tokens; query++) {
      let q = streamQkv(first + query * step, lane);
      let d = streamDy(firstDy + query * width, lane);
      let at = row * p.tokens + query;
      let weights = exp(p.scale * products(k, q) - lse[at]);
      let ds = p.scale * weights * (products(v, d) - delta[at]);
      dk = plusEach(dk, ds, q);
      dv = plusEach(dv, weights, d);
    }
    if (isTile) {
      storeEachDqkv(dk, first + width, token, step);
      storeEachDqkv(dv, first + 2u * width, token, step);
    }
  }
}
