// nearest[r] = argmin_c |features[r] − means[c]|², the lower class in a tie; −1 where no distance is a number.
// features [rows, width] · means [classes, width] · nearest [rows]; one invocation per row.

alias Lanes = f32; const lanes = 1u; // or vec4<f32> and 4

struct Params {
  rows: u32,
  width: u32,
  classes: u32,
}

@group(0) @binding(0) var<storage, read> features: array<Lanes>;
@group(0) @binding(1) var<storage, read> means: array<Lanes>;
@group(0) @binding(2) var<storage, read_write> nearest: array<i32>;
@group(0) @binding(3) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= p.rows) { return; }
  let across = p.width / lanes;
  let first = row * across;
  var best = -1;
  var smallest = 0.0;
  for (var kind = 0u; kind < p.classes; kind++) {
    var squares = Lanes();
    for (var i = 0u; i < across; i++) {
      let difference = features[first + i] - means[kind * across + i];
      squares += difference * difference;
    }
    let distance = dot(vec4<f32>(squares), vec4(0.25 * f32(lanes))); // one number stands there four times
    let isNumber = (bitcast<u32>(distance) & 0x7fffffffu) <= 0x7f800000u;
    if (isNumber && (best < 0 || distance < smallest)) {
      best = i32(kind);
      smallest = distance;
    }
  }
  nearest[row] = best;
}
