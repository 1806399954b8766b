// The windows that a filter sees, one to a row: rows[r, (ky · taps + kx) · channels + c] = x[b, v · strideY + ky − top,
// u · strideX + kx − left, c] with r = (b · height + v) · width + u; 0 outside the image.
// x [batch, sourceHeight, sourceWidth, channels] · rows [batch · height · width, tapsDown · tapsAcross · channels]; one
// invocation per row of taps, whose values lie side by side in both.

struct Params {
  count: u32, // of rows
  height: u32,
  width: u32,
  sourceHeight: u32,
  sourceWidth: u32,
  channels: u32,
  tapsDown: u32,
  tapsAcross: u32,
  strideY: u32,
  strideX: u32,
  top: u32,
  left: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> rows: array<f32>;
@group(0) @binding(2) var<uniform> p: Params;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= p.count * p.tapsDown) { return; }
  let row = index / p.tapsDown;
  let ky = index % p.tapsDown;
  let u = row % p.width;
  let v = row / p.width % p.height;
  let b = row / (p.width * p.height);
  let run = p.tapsAcross * p.channels;
  let target_at = index * run;
  // Unsigned: what lies before the image wraps to far behind it.
  let y = v * p.strideY + ky - p.top;
  let line = (b * p.sourceHeight + y) * p.sourceWidth;
  for (var kx = 0u; kx < p.tapsAcross; kx++) {
    let across = u * p.strideX + kx - p.left;
    let inside = y < p.sourceHeight && across < p.sourceWidth;
    let source = select(0u, (line + across) * p.channels, inside);
    for (var c = 0u; c < p.channels; c++) {
      rows[target_at + kx * p.channels + c] = select(0.0, x[source + c], inside);
    }
  }
}
