// Opens a line of a history in place; without this its link leads to a page.

export function open(timeline) {
  if (!timeline) return;

  for (const link of timeline.querySelectorAll("a[data-part]")) link.setAttribute("aria-expanded", "false");

  async function show(link) {
    const what = link.closest(".what");
    const had = what.querySelector(":scope > .inside");
    if (had) {
      had.hidden = !had.hidden;
      link.setAttribute("aria-expanded", String(!had.hidden));
      return;
    }
    const inside = document.createElement("div");
    inside.className = "inside loading";
    what.append(inside);
    const answer = await fetch(link.dataset.part).catch(() => null);
    if (!answer?.ok || answer.redirected) return location.assign(link.href);
    inside.innerHTML = await answer.text();
    inside.classList.remove("loading");
    link.setAttribute("aria-expanded", "true");
    const newest = inside.querySelector(".talk a[data-part]");
    if (newest) show(newest);
  }

  timeline.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-part]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(link);
  });
}
