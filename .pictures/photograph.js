// Renders fruit on a table by a window, as a camera would see it: the README's stand-in for a photograph, free to use.
// Rays go from the lens to the things, and on to the window (path tracing). A function of the width,
// the height and the rays for each pixel. It promises a JPEG's data URL.

async (width, height, samples) => {
  let seed = 7;
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const add = ([a, b, c], [d, e, f], by = 1) => [a + d * by, b + e * by, c + f * by];
  const dot = ([a, b, c], [d, e, f]) => a * d + b * e + c * f;
  const scaled = ([a, b, c], by) => [a * by, b * by, c * by];
  const times = ([a, b, c], [d, e, f]) => [a * d, b * e, c * f];
  const unit = (a) => scaled(a, 1 / Math.hypot(...a));

  const lattice = Float32Array.from({ length: 4096 }, random);
  const soft = (t) => t * t * (3 - 2 * t);
  const between = (a, b, t) => a + (b - a) * t;
  function noise(x, y, z) {
    const i = Math.floor(x), j = Math.floor(y), k = Math.floor(z);
    const u = soft(x - i), v = soft(y - j), at = i * 131 + j * 1973 + k * 9277;
    const row = (at) => between(lattice[at & 4095], lattice[(at + 131) & 4095], u);
    const sheet = (at) => between(row(at), row(at + 1973), v);
    return between(sheet(at), sheet(at + 9277), soft(z - k));
  }
  const rough = ([x, y, z], size) => {
    const fine = size * 2.7;
    return noise(x * size, y * size, z * size) * 0.6 + noise(x * fine, y * fine, z * fine) * 0.4;
  };

  // Each thing is an ellipsoid: its middle, its radii, two colours of its skin, its gloss and the size of its pores.
  const orange = [[0.8, 0.22, 0.015], [0.9, 0.32, 0.03], 0.05, 38];
  const plum = [[0.06, 0.01, 0.035], [0.15, 0.05, 0.1], 0.06, 4];
  const pear = [[0.4, 0.38, 0.05], [0.6, 0.36, 0.06], 0.05, 9];
  const stem = [[0.09, 0.05, 0.02], [0.14, 0.08, 0.03], 0.01, 30];
  const vase = [[0.03, 0.12, 0.15], [0.07, 0.2, 0.22], 0.1, 3];
  const things = [
    [[0.34, 0.56, 0.1], [0.64, 0.6, 0.64], vase], [[0.34, 1.2, 0.1], [0.19, 0.84, 0.19], vase],
    [[0.34, 1.92, 0.1], [0.24, 0.06, 0.24], vase],
    [[-0.62, 0.4, 0.55], [0.4, 0.4, 0.4], orange], [[-0.2, 0.37, 1.2], [0.38, 0.37, 0.38], orange],
    [[0.62, 0.36, 1.1], [0.37, 0.36, 0.36], pear], [[0.64, 0.52, 1.08], [0.32, 0.37, 0.32], pear],
    [[0.66, 0.76, 1.06], [0.21, 0.35, 0.21], pear],
    [[0.7, 1.14, 1.04], [0.018, 0.12, 0.018], stem],
    [[0.28, 0.2, 1.75], [0.21, 0.2, 0.2], plum], [[-0.78, 0.2, 1.5], [0.2, 0.2, 0.21], plum],
    [[-1.15, 0.2, 1.05], [0.2, 0.2, 0.2], plum],
  ];
  // The window: a corner, and two edges; and the light that it gives.
  const glass = [-3.4, 1.1, -0.2], across = [0.5, 0, 2.4], up = [0, 2.6, 0], light = [11.5, 10.6, 9];
  const facing = unit([2.4, -0.6, -0.5]);

  function meet(from, way) {
    let far = Infinity, hit = null;
    for (const thing of things) {
      const [middle, radii] = thing;
      const o = [(from[0] - middle[0]) / radii[0], (from[1] - middle[1]) / radii[1], (from[2] - middle[2]) / radii[2]];
      const d = [way[0] / radii[0], way[1] / radii[1], way[2] / radii[2]];
      const a = dot(d, d), b = dot(o, d), root = b * b - a * (dot(o, o) - 1);
      if (root < 0) continue;
      const t = (-b - Math.sqrt(root)) / a;
      if (t > 1e-4 && t < far) [far, hit] = [t, thing];
    }
    const table = -from[1] / way[1], wall = (-1.5 - from[2]) / way[2];
    if (table > 1e-4 && table < far) [far, hit] = [table, "table"];
    if (wall > 1e-4 && wall < far) [far, hit] = [wall, "wall"];
    return [far, hit];
  }

  // The colour, the normal and the gloss of a thing at a point.
  function surface(hit, at) {
    if (hit === "wall") {
      const tone = 0.85 + 0.3 * rough(at, 1.3) + 0.06 * rough(at, 40);
      return [[0.2 * tone, 0.21 * tone, 0.2 * tone], [0, 0, 1], 0];
    }
    if (hit === "table") {
      const board = Math.floor((at[2] + 9) / 0.62);
      const grain = rough([at[0] * 0.5 + board * 5, 0, at[2] * 14 + 2 * rough(at, 1.4)], 1.6);
      const seam = (at[2] + 9) % 0.62 < 0.014 ? 0.25 : 1;
      return [scaled([0.36, 0.2, 0.1], seam * (0.5 + 0.75 * grain)), unit([(grain - 0.5) * 0.08, 1, 0]), 0.04];
    }
    const [middle, radii, [dark, bright, gloss, pores]] = hit;
    const part = [0, 1, 2].map((axis) => (at[axis] - middle[axis]) / radii[axis]);
    const mix = rough(at, 3) + (rough(at, pores) - 0.5) * 0.5;
    const bump = [0, 1, 2].map((axis) => rough(add(at, [axis, 0, 0], 7), pores) - 0.5);
    const normal = unit([0, 1, 2].map((axis) => part[axis] / radii[axis]));
    return [add(scaled(dark, 1 - mix), bright, mix), unit(add(normal, bump, pores > 10 ? 0.16 : 0.03)), gloss];
  }

  function somewhere() {
    for (;;) {
      const p = [random() * 2 - 1, random() * 2 - 1, random() * 2 - 1];
      if (dot(p, p) < 1) return unit(p);
    }
  }

  // The light that the window sends to a point, with the bars of its frame.
  function lit(at, normal, way, gloss) {
    const [u, v] = [random(), random()];
    if (Math.abs(u - 0.5) < 0.03 || Math.abs(v - 0.5) < 0.03) return [0, 0, 0];
    const to = add(add(add(glass, across, u), up, v), at, -1);
    const far = Math.hypot(...to), toward = scaled(to, 1 / far);
    const cos = dot(normal, toward);
    if (cos <= 0 || meet(add(at, normal, 1e-3), toward)[0] < far - 0.01) return [0, 0, 0];
    const half = unit(add(toward, way, -1));
    const shine = gloss * 22 * Math.max(0, dot(half, normal)) ** 90;
    const share = (Math.max(0, -dot(toward, facing)) * 6.2) / (Math.PI * far * far);
    return scaled(light, share * cos * (1 + shine / 0.3));
  }

  function trace(from, way) {
    let seen = [0, 0, 0], left = [1, 1, 1];
    for (let bounce = 0; bounce < 3; bounce++) {
      const [far, hit] = meet(from, way);
      if (!hit) return add(seen, times(left, [0.05, 0.055, 0.06]));
      const at = add(from, way, far);
      const [color, normal, gloss] = surface(hit, at);
      left = times(left, color);
      seen = add(seen, times(left, lit(at, normal, way, gloss)));
      [from, way] = [add(at, normal, 1e-3), unit(add(normal, somewhere(), 0.999))];
    }
    return seen;
  }

  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  const picture = context.createImageData(width, height);
  const eye = [-0.15, 2.05, 7.2], focus = 6.1;
  for (let y = 0; y < height; y++) {
    await new Promise((resolve) => setTimeout(resolve));
    for (let x = 0; x < width; x++) {
      let sum = [0, 0, 0];
      for (let sample = 0; sample < samples; sample++) {
        const across = ((x + random()) / width - 0.5) * 0.46 * (width / height) * 1.5;
        const down = ((y + random()) / height - 0.5) * 0.46 * 1.5;
        const way = unit([across, -0.165 - down, -1]);
        const [sharp, lens] = [add(eye, way, focus), somewhere()];
        const from = add(eye, [lens[0], lens[1], 0], 0.055);
        sum = add(sum, trace(from, unit(add(sharp, from, -1))));
      }
      const edge = 1 - 0.35 * (((x / width - 0.5) * 1.3) ** 2 + (y / height - 0.5) ** 2);
      const grain = (random() - 0.5) * 4;
      sum.forEach((value, at) => {
        const tone = (value / samples) * edge * 1.25;
        picture.data[(y * width + x) * 4 + at] = 255 * ((tone / (tone + 0.8)) * 1.45) ** (1 / 2) + grain;
      });
      picture.data[(y * width + x) * 4 + 3] = 255;
    }
  }
  context.putImageData(picture, 0, 0);
  return canvas.toDataURL("image/jpeg", 0.9);
}
