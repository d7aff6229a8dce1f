// Images: two methods on one patch, with a border to move between them, or their difference.
(() => {
  const holder = document.getElementById("browser-data");
  if (!holder) return;
  const datasets = JSON.parse(holder.textContent);
  const part = (name) => document.getElementById(`browser-${name}`);
  const canvas = part("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const position = part("position");
  const cache = new Map();
  let shown = null;

  /** Fill a select with options; keep its value where it is still among them. */
  function fill(select, options, wanted) {
    const before = select.value;
    select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
    const values = options.map(([value]) => value);
    select.value = values.includes(before) ? before : wanted;
  }

  /** Return the codes of an image, one a pixel. */
  function codesOf(source) {
    if (!cache.has(source)) {
      const image = new Image();
      image.src = source;
      cache.set(source, image.decode().then(() => {
        const own = document.createElement("canvas");
        own.width = image.naturalWidth;
        own.height = image.naturalHeight;
        const drawing = own.getContext("2d", { willReadFrequently: true });
        drawing.drawImage(image, 0, 0);
        const pixels = drawing.getImageData(0, 0, own.width, own.height).data;
        const codes = Uint8Array.from({ length: pixels.length / 4 }, (_, place) => pixels[4 * place]);
        return { width: own.width, height: own.height, codes };
      }));
    }
    return cache.get(source);
  }

  /** Blue where A is darker, orange where it is brighter, white where both are equal; share from -1 to 1. */
  function colour(share) {
    const end = share < 0 ? [0, 90, 181] : [214, 84, 0];
    const amount = Math.min(1, Math.abs(share));
    return end.map((value) => Math.round(255 + amount * (value - 255)));
  }

  const isDifference = () => document.querySelector("[name=browser-view]:checked").value === "difference";
  const datasetNow = () => datasets[Number(part("dataset").value)];
  const patchNow = () => datasetNow().patches[Number(part("patch").value)];
  const labelOf = (name) => new Map(datasetNow().methods).get(name);
  const limit = () => Number(part("scale").value) * (patchNow().white - patchNow().black);

  function draw() {
    if (!shown) return;
    const { patch, a, b } = shown;
    canvas.width = a.width;
    canvas.height = a.height;
    const image = context.createImageData(a.width, a.height);
    const border = (Number(position.value) / 100) * a.width;
    const difference = isDifference();
    const most = limit();
    for (let place = 0; place < a.codes.length; place += 1) {
      let rgb;
      if (difference) {
        rgb = colour(((a.codes[place] - b.codes[place]) * patch.step) / most);
      } else {
        const code = (place % a.width < border ? a : b).codes[place];
        const grey = (255 * (patch.low + code * patch.step - patch.black)) / (patch.white - patch.black);
        rgb = [grey, grey, grey];
      }
      image.data.set(rgb, 4 * place);
      image.data[4 * place + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    part("border").hidden = difference;
    part("border").style.left = `${position.value}%`;
    canvas.classList.toggle("still", difference);
    canvas.setAttribute("aria-label", part("caption").textContent);
  }

  function describe() {
    const dataset = datasetNow();
    const patch = patchNow();
    const [a, b] = [part("a").value, part("b").value];
    const difference = isDifference();
    for (const [side, name] of [["a", a], ["b", b]]) {
      const score = document.createElement("small");
      score.textContent = patch.scores[name] ?? "";
      part(`tag-${side}`).replaceChildren(`${side.toUpperCase()}: ${labelOf(name)}`, score);
    }
    const range = `${patch.black.toFixed(3)} to ${patch.white.toFixed(3)}`;
    const grey = difference
      ? `Difference A − B, from −${limit().toFixed(4)} to +${limit().toFixed(4)} of the full range of the image; ` +
        `one stored step is ${patch.step.toFixed(4)}. Blue: A is darker; orange: A is brighter.`
      : `Black to white: ${range} of the full range of the image.`;
    const cut = patch.isPart ? " Its centre is shown." : "";
    part("caption").textContent =
      `${dataset.title}, field of view ${patch.fov}, capture ${patch.capture}: rank ${patch.rank} of ${patch.count} ` +
      `by the ${dataset.rankedBy}.${cut} ${grey}`;
    part("legend").hidden = !difference;
    part("scale-label").hidden = !difference;
    position.hidden = difference;
    const [left, , right] = part("legend").children;
    left.textContent = `−${limit().toFixed(4)}`;
    right.textContent = `+${limit().toFixed(4)}`;
    part("values").textContent = "";
  }

  async function update() {
    const patch = patchNow();
    const wanted = [part("a").value, part("b").value];
    describe();
    const [a, b] = await Promise.all(wanted.map((name) => codesOf(patch.images[name])));
    // another choice may have been made while these were decoded
    if (patch !== patchNow() || wanted[0] !== part("a").value || wanted[1] !== part("b").value) return;
    shown = { patch, a, b };
    draw();
  }

  function chooseDataset() {
    const dataset = datasetNow();
    const names = dataset.methods.map(([name]) => name);
    const trained = names.filter((name) => !["input", "gaussian", "clean"].includes(name));
    fill(part("patch"), dataset.patches.map((patch, place) => [
      String(place), `field of view ${patch.fov}, rank ${patch.rank} of ${patch.count}`,
    ]), String(Math.floor((dataset.patches.length - 1) / 2)));
    fill(part("a"), dataset.methods, names.includes("input") ? "input" : names[0]);
    fill(part("b"), dataset.methods, trained.at(-1) ?? names.at(-1));
    update();
  }

  /** Return the column and row of a pixel below the pointer. */
  function pixelAt(event) {
    const box = canvas.getBoundingClientRect();
    const share = (value) => Math.min(0.9999, Math.max(0, value));
    return [
      Math.floor(share((event.clientX - box.left) / box.width) * canvas.width),
      Math.floor(share((event.clientY - box.top) / box.height) * canvas.height),
    ];
  }

  function follow(event) {
    const box = canvas.getBoundingClientRect();
    position.value = (100 * (event.clientX - box.left)) / box.width;
    draw();
  }

  const legend = part("legend").querySelector("canvas");
  const bar = legend.getContext("2d");
  for (let x = 0; x < legend.width; x += 1) {
    bar.fillStyle = `rgb(${colour((2 * x) / (legend.width - 1) - 1).join(",")})`;
    bar.fillRect(x, 0, 1, 1);
  }

  part("dataset").addEventListener("change", chooseDataset);
  for (const name of ["patch", "a", "b"]) part(name).addEventListener("change", update);
  part("scale").addEventListener("change", () => { describe(); draw(); });
  for (const radio of document.querySelectorAll("[name=browser-view]")) {
    radio.addEventListener("change", () => { describe(); draw(); });
  }
  position.addEventListener("input", draw);
  canvas.addEventListener("pointerdown", (event) => {
    if (isDifference()) return;
    canvas.setPointerCapture(event.pointerId);
    follow(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!shown) return;
    if (canvas.hasPointerCapture(event.pointerId)) follow(event);
    const [x, y] = pixelAt(event);
    const value = (image) => (shown.patch.low + image.codes[y * image.width + x] * shown.patch.step).toFixed(3);
    part("values").textContent = `x ${x}, y ${y}: A ${value(shown.a)}, B ${value(shown.b)}`;
  });
  canvas.addEventListener("pointerleave", () => { part("values").textContent = ""; });

  fill(part("dataset"), datasets.map((dataset, place) => [String(place), dataset.title]), "0");
  part("dataset").closest("label").hidden = datasets.length < 2;
  document.getElementById("browser").hidden = false;
  chooseDataset();
})();
