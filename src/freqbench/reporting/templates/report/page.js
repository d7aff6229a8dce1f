// The page: light and dark, the place in it, enlarged figures, and what paper needs.
(() => {
  const THEMES = ["system", "light", "dark"];
  const switcher = document.getElementById("theme");

  /** Some browsers keep nothing for pages from a disk. */
  function remembered(value) {
    try {
      if (value !== undefined) localStorage.setItem("freqbench-theme", value);
      return localStorage.getItem("freqbench-theme");
    } catch {
      return value;
    }
  }

  function show(theme) {
    if (theme === THEMES[0]) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    switcher.querySelector("span").textContent = theme;
  }

  let theme = THEMES.includes(remembered()) ? remembered() : THEMES[0];
  switcher.hidden = false;
  show(theme);
  switcher.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    remembered(theme);
    show(theme);
  });

  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const visible = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) visible.add(entry.target.id);
      else visible.delete(entry.target.id);
    }
    const current = [...links.keys()].find((name) => visible.has(name));
    for (const [name, link] of links) {
      if (name === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-10% 0px -60% 0px" });
  for (const section of document.querySelectorAll("main > section")) watcher.observe(section);

  const dialog = document.getElementById("zoom");
  const stage = dialog.querySelector(".stage");
  const large = stage.querySelector("img");
  let scale = 1;

  const fitting = () => Math.min(stage.clientWidth / large.naturalWidth, stage.clientHeight / large.naturalHeight);

  /** Show the figure at a scale, with the point of the stage at (x, y) where it was. */
  function zoom(wanted, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
    const before = large.width;
    scale = Math.min(8, Math.max(0.1, wanted));
    large.width = Math.round(large.naturalWidth * scale);
    const factor = before ? large.width / before : 1;
    stage.scrollLeft = (stage.scrollLeft + x) * factor - x;
    stage.scrollTop = (stage.scrollTop + y) * factor - y;
    dialog.querySelector("output").textContent = `${Math.round(100 * scale)} %`;
  }

  for (const button of document.querySelectorAll(".enlarge")) {
    button.addEventListener("click", () => {
      const figure = button.querySelector("img");
      large.src = figure.src;
      large.alt = figure.alt;
      dialog.showModal();
      large.decode().then(() => zoom(fitting()));
      stage.focus();
    });
  }
  const actions = {
    in: () => zoom(scale * 1.4),
    out: () => zoom(scale / 1.4),
    fit: () => zoom(fitting()),
    close: () => dialog.close(),
  };
  for (const button of dialog.querySelectorAll("[data-zoom]")) {
    button.addEventListener("click", actions[button.dataset.zoom]);
  }
  dialog.addEventListener("keydown", (event) => {
    const action = { "+": "in", "=": "in", "-": "out", 0: "fit" }[event.key];
    if (action) actions[action]();
  });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = stage.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse") stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!stage.hasPointerCapture(event.pointerId)) return;
    stage.scrollLeft -= event.movementX;
    stage.scrollTop -= event.movementY;
  });
  large.draggable = false;

  // what is folded on a screen is open on paper
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const each of folded) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
  });
})();
