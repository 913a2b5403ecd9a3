// accessible looks through the page that is shown and says what WCAG 2.2 AA, as
// far as it can be computed, does not allow. It returns a list of complaints.
(() => {
  const wrong = [];
  const name = (e) => `<${e.tagName.toLowerCase()}${e.id ? "#" + e.id : ""}${typeof e.className === "string" && e.className ? "." + e.className.trim().replaceAll(/\s+/g, ".") : ""}> ${(e.textContent ?? "").trim().replaceAll(/\s+/g, " ").slice(0, 40)}`;
  const say = (what, e) => wrong.push(e ? `${what}: ${name(e)}` : what);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const hiddenText = (e) => Boolean(e.closest(".vh, .skip, [hidden]"));
  const seen = (e) => e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }) && !e.closest("details:not([open]) > :not(summary)");

  // Language, title, landmarks, headings
  if (!document.documentElement.lang) say("the page has no language");
  if (!document.title.trim()) say("the page has no title");
  if (all("main").length !== 1) say(`${all("main").length} main parts`);
  if (all("h1").length !== 1) say(`${all("h1").length} headings of the first level`);
  let level = 0;
  for (const h of all("h1, h2, h3, h4, h5, h6").filter((h) => h.checkVisibility())) {
    const n = Number(h.tagName[1]);
    if (n > level + 1 && level > 0) say(`a heading of level ${n} follows one of level ${level}`, h);
    level = n;
  }
  const label = (e) => {
    const ids = e.getAttribute("aria-labelledby")?.split(/\s+/) ?? [];
    return (ids.map((id) => document.getElementById(id)?.textContent ?? "").join(" ") || e.getAttribute("aria-label") || "").trim();
  };
  for (const kind of ["nav", "aside", "form[role=search]"]) {
    const some = all(kind).filter(seen);
    if (some.length > 1) for (const e of some) if (!label(e)) say("one of several landmarks of its kind has no name", e);
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (walker.currentNode.data.trim() && walker.currentNode.parentElement.tagName !== "SCRIPT") texts.push(walker.currentNode);
  for (const t of texts) if (!t.parentElement.closest("header, main, footer, nav, .skip")) say("text outside of the landmarks", t.parentElement);

  // Names
  for (const e of all("a[href], button, summary")) {
    const text = label(e) || e.textContent.trim() || e.title || [...e.querySelectorAll("img")].map((i) => i.alt).join("");
    if (seen(e) && !text) say("has no name", e);
  }
  for (const e of all("input:not([type=hidden]), select, textarea")) {
    if (!e.closest("[aria-hidden=true]") && ![...(e.labels ?? [])].some((l) => l.textContent.trim()) && !label(e)) say("has no label", e);
  }
  for (const e of all("img")) if (!e.hasAttribute("alt")) say("picture without alternative", e);
  for (const e of all("svg")) if (e.getAttribute("aria-hidden") !== "true" && !label(e) && !e.querySelector("title")) say("drawing without a name that is not hidden", e);
  for (const e of all("[role=img]")) if (!label(e)) say("role img without a name", e);
  for (const e of all("th")) if (!e.hasAttribute("scope")) say("head cell without a scope", e);
  for (const e of all("ul, ol")) for (const c of e.children) if (c.tagName !== "LI") say("a list holds what is no line", c);
  for (const e of all("li")) if (!["UL", "OL", "MENU"].includes(e.parentElement.tagName)) say("a line outside of a list", e);

  // References and order
  const ids = new Set();
  for (const e of all("[id]")) ids.has(e.id) ? say("the id is there twice", e) : ids.add(e.id);
  for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const e of all(`[${attribute}]`)) for (const id of e.getAttribute(attribute).split(/\s+/)) if (!ids.has(id)) say(`${attribute} names "${id}", which is not there`, e);
  }
  for (const e of all("[tabindex]")) if (e.tabIndex > 0) say("tabindex changes the order", e);
  for (const e of all("[aria-hidden=true] :is(a[href], button, input, select, textarea)")) if (e.tabIndex >= 0) say("can be reached but is hidden", e);

  // Target size (2.5.8): 24 by 24, unless in a line of text
  for (const e of all("a[href], button, summary, input:not([type=hidden]), select, textarea")) {
    if (!seen(e) || hiddenText(e)) continue;
    const cover = e.matches(".cover") ? e.closest(".card") : e;
    const box = cover.getBoundingClientRect();
    if (box.width <= 2 && getComputedStyle(e).clipPath !== "none") continue; // shows when it has the focus
    const inline = getComputedStyle(e).display === "inline" && [...e.parentElement.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const labelled = e.matches("input[type=checkbox], input[type=radio]") && (e.closest("label")?.getBoundingClientRect().height ?? 0) >= 24;
    // Targets may be smaller where a circle of 24 around each meets no other.
    const alone = box.height >= 16 && all("a[href], button, summary, input, select").every((o) => {
      if (o === e || o.contains(e) || e.contains(o) || !seen(o)) return true;
      const b = o.getBoundingClientRect();
      const dx = Math.max(b.left - (box.left + box.right) / 2, (box.left + box.right) / 2 - b.right, 0);
      const dy = Math.max(b.top - (box.top + box.bottom) / 2, (box.top + box.bottom) / 2 - b.bottom, 0);
      return o.matches(".cover") || Math.hypot(dx, dy) >= 12;
    });
    if ((box.height < 23.5 || box.width < 23.5) && !inline && !labelled && !alone) say(`a target of ${Math.round(box.width)} by ${Math.round(box.height)}`, e);
  }

  // Reach: nothing that can be pressed lies beside the window, but in what scrolls with a table
  for (const e of all("a[href], button, summary, select")) {
    if (!seen(e) || hiddenText(e) || e.closest(".scroll")) continue;
    const box = e.getBoundingClientRect();
    if (box.right > innerWidth + 1) say(`ends ${Math.round(box.right - innerWidth)} beside the window`, e);
  }

  // Contrast (1.4.3)
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  canvas.canvas.width = canvas.canvas.height = 1;
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = (e) => {
    const layers = [];
    for (let at = e; at; at = at.parentElement) {
      const c = rgba(getComputedStyle(at).backgroundColor);
      if (c[3] > 0) layers.push(c);
      if (c[3] === 1) break;
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
    const v = c[i] / 255;
    return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const told = new Set();
  for (const t of texts) {
    const e = t.parentElement;
    if (!seen(e) || hiddenText(e) || e.closest("svg, :disabled, option, .stale")) continue;
    const style = getComputedStyle(e);
    const below = ground(e);
    const text = over(rgba(style.color), below);
    const [a, b] = [light(text), light(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const key = style.color + below;
    if (ratio < (large ? 3 : 4.5) && !told.has(key)) {
      told.add(key);
      say(`contrast ${ratio.toFixed(2)}`, e);
    }
  }
  if (document.documentElement.scrollWidth > innerWidth) {
    say(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`, all("main *").find((e) => e.getBoundingClientRect().right > innerWidth + 1));
  }
  return wrong;
})();
