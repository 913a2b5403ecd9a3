// Results while typing. Every keystroke asks anew; an answer that comes after a
// newer question is dropped. The address bar always holds the whole search.

const PAUSE = 60; // ms without a keystroke before asking

export function search(form, results) {
  if (!form || !results) return;
  const box = form.elements.q;
  let timer = 0;
  let asked = 0; // number of the newest question
  let running = null;

  async function ask(params, note) {
    const mine = ++asked;
    running?.abort();
    running = new AbortController();
    results.classList.add("stale");
    try {
      const answer = await fetch("/results?" + params, { signal: running.signal });
      if (answer.redirected) return location.reload(); // the session has ended
      if (!answer.ok) throw new Error(answer.statusText);
      const html = await answer.text();
      if (mine !== asked) return;
      const held = results.contains(document.activeElement) && document.activeElement;
      results.innerHTML = html;
      if (held) (same(held) ?? box).focus(); // the keyboard goes on where it was
      if (matchMedia("(max-width: 860px)").matches) results.querySelector(".fold")?.removeAttribute("open");
      results.classList.remove("stale");
      form.classList.toggle("start", ![...params.keys()].length);
      note(params);
    } catch (problem) {
      if (problem.name === "AbortError" || mine !== asked) return;
      results.classList.remove("stale");
      const count = results.querySelector("#count");
      if (count) count.textContent = results.dataset.error;
    }
  }

  // same finds in the new results what had the focus in the old ones.
  function same(old) {
    return [...results.querySelectorAll("[data-at], [id]")].find((e) => (old.id ? e.id === old.id : old.dataset.at && e.dataset.at === old.dataset.at));
  }

  const address = (params) => (String(params) ? "/?" + params : "/");
  const replace = (params) => history.replaceState(null, "", address(params));
  const push = (params) => history.pushState(null, "", address(params));

  function typed() {
    const params = new URLSearchParams(new FormData(form));
    if (!params.get("q")) params.delete("q");
    return params;
  }

  // adopt makes the form say what the address says.
  function adopt(params) {
    for (const field of form.querySelectorAll("input[type=hidden]")) field.remove();
    for (const [name, value] of params) {
      if (name === "q" || name === "page") continue;
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    box.value = params.get("q") ?? "";
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(typed(), replace), PAUSE);
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask(typed(), replace);
  });

  // Filters and orders change the results in place.
  results.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-stay]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const params = new URL(link.href).searchParams;
    adopt(params);
    ask(params, push);
  });

  results.addEventListener("submit", (event) => {
    if (!event.target.matches(".range")) return;
    event.preventDefault();
    const params = new URLSearchParams(new FormData(event.target));
    for (const name of ["from", "to"]) if (!params.get(name)) params.delete(name);
    adopt(params);
    ask(params, push);
  });

  addEventListener("popstate", () => {
    const params = new URLSearchParams(location.search);
    adopt(params);
    ask(params, () => {});
  });

  // Arrow keys go from the box through customers and hits and back.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const stops = [box, ...results.querySelectorAll(".cover, .hit .title")];
    const at = stops.indexOf(document.activeElement);
    if (at < 0) return;
    const to = stops[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (!to) return;
    event.preventDefault();
    to.focus();
  });

  box.setSelectionRange(box.value.length, box.value.length);
}
