// The k tokens with the largest scores, ties to the lower index: indices[b] lists them in ascending order.
// scores [batch, tokens], read as bits · indices [batch, k]; one invocation per row.
//
// Floats are compared through keys: whole numbers in the same order. Fixing two bits of the key at a time, from the top,
// finds the k-th largest one after 16 looks at the row, however long it is.

struct Params {
  batch: u32,
  tokens: u32,
  k: u32,
  alwaysFirst: u32, // 1: token 0 takes one of the k places, whatever its score
}

@group(0) @binding(0) var<storage, read> scores: array<u32>;
@group(0) @binding(1) var<storage, read_write> indices: array<i32>;
@group(0) @binding(2) var<uniform> p: Params;

/** Ordered like the scores; −0 equals 0, NaN is above infinity. */
fn keyOf(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) { return 0xffffffffu; }
  if (magnitude == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn keyAt(first: u32, token: u32) -> u32 {
  return select(keyOf(scores[first + token]), 0xffffffffu, p.alwaysFirst == 1u && token == 0u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.batch) { return; }
  let first = row * p.tokens;
  var threshold = 0u; // becomes the k-th largest key
  for (var shift = 30u; shift < 32u; shift -= 2u) { // ends by wrapping round
    let step = 1u << shift;
    let candidates = vec3(threshold) + vec3(1u, 2u, 3u) * step;
    var reached = vec3<u32>();
    for (var token = 0u; token < p.tokens; token++) {
      reached += vec3<u32>(vec3(keyAt(first, token)) >= candidates);
    }
    threshold += step * dot(vec3<u32>(reached >= vec3(p.k)), vec3(1u));
  }
  var above = 0u;
  for (var token = 0u; token < p.tokens; token++) { above += u32(keyAt(first, token) > threshold); }
  var ties = p.k - above; // how many at the threshold itself are taken
  var place = row * p.k;
  for (var token = 0u; token < p.tokens; token++) {
    let key = keyAt(first, token);
    let isTie = key == threshold && ties > 0u;
    if (isTie) { ties -= 1u; }
    if (key > threshold || isTie) {
      indices[place] = i32(token);
      place += 1u;
    }
  }
}
