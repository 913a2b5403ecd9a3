// Results while typing. Every keystroke asks anew; an answer that comes after a
// newer question is dropped. The address bar always holds the whole search.

const PAUSE = 60; // ms without a keystroke before asking
const REST = 500; // ms without a keystroke before what takes longer is asked for

export function search(form, results) {
  if (!form || !results) return;
  const box = form.elements.q;
  let timer = 0;
  let asked = 0; // number of the newest question
  let running = null;

  // ask shows the answer to a search. Of what is asked while somebody types, the
  // answer may leave out what takes longer: that is asked for when the keys rest.
  async function ask(params, note, typing = false) {
    const mine = ++asked;
    clearTimeout(timer);
    running?.abort();
    running = new AbortController();
    results.classList.add("stale");
    try {
      const html = await answer(params, typing);
      if (mine !== asked) return;
      change(() => (results.innerHTML = html));
      if (matchMedia("(max-width: 860px)").matches) results.querySelector(".fold")?.removeAttribute("open");
      results.classList.remove("stale");
      form.classList.toggle("start", ![...params.keys()].length);
      note(params);
      results.dispatchEvent(new Event("results", { bubbles: true }));
      if (results.querySelector("[data-unsettled]")) timer = setTimeout(() => settle(params), REST);
    } catch (problem) {
      if (problem.name === "AbortError" || mine !== asked) return;
      const count = results.querySelector("#count"); // what is below stays dimmed: it answers another question
      if (!count) return;
      count.textContent = results.dataset.error;
      count.classList.add("failed");
    }
  }

  // settle brings what was left out, and touches nothing else: somebody may be
  // about to click.
  async function settle(params) {
    const mine = ++asked;
    running = new AbortController();
    try {
      const whole = document.createElement("template");
      whole.innerHTML = await answer(params, false);
      if (mine !== asked) return;
      const open = results.querySelector(".fold").open;
      whole.content.querySelector(".fold").open = open;
      change(() => {
        for (const part of ["#nature", "#people", ".facets"]) results.querySelector(part).replaceWith(whole.content.querySelector(part));
      });
    } catch (problem) {
      if (problem.name !== "AbortError") console.warn(problem); // the next keystroke asks anew
    }
  }

  async function answer(params, typing) {
    const got = await fetch("/results?" + params + (typing ? "&typing=1" : ""), { signal: running.signal });
    if (got.redirected) location.reload(); // the session has ended
    if (!got.ok || got.redirected) throw new Error(got.statusText);
    return got.text();
  }

  // change changes the results; the keyboard goes on where it was.
  function change(how) {
    const held = results.contains(document.activeElement) && document.activeElement;
    how();
    if (held && !held.isConnected) (same(held) ?? box).focus();
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
      if (name === "q" || name === "page" || name === "done") continue;
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    }
    box.value = params.get("q") ?? "";
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => ask(typed(), replace, true), PAUSE);
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
