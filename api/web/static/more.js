// Fetches the next part of a history when its end comes into sight.

export function more(timeline) {
  if (!timeline) return;

  async function load(link) {
    if (link.dataset.loading) return;
    link.dataset.loading = "yes";
    const answer = await fetch(link.dataset.more).catch(() => null);
    if (!answer?.ok || answer.redirected) return delete link.dataset.loading;
    const part = document.createElement("template");
    part.innerHTML = await answer.text();
    part.content.querySelector(".paper.first")?.remove(); // it joins what stands before it
    join(part.content);
    const had = document.activeElement === link;
    const first = part.content.querySelector(".title");
    link.closest(".more").replaceWith(part.content);
    if (had) first?.focus();
    watch();
  }

  // join moves what belongs to the last month into it.
  function join(part) {
    const last = [...timeline.querySelectorAll(".month")].at(-1);
    const first = part.querySelector(".month");
    if (last?.querySelector("h3").textContent !== first?.querySelector("h3").textContent) return;
    last.querySelector("ol").append(...first.querySelectorAll("li.event"));
    first.remove();
  }

  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) load(entry.target);
  }, { rootMargin: "400px" });

  function watch() {
    const link = timeline.querySelector("a[data-more]");
    if (link) seen.observe(link);
  }

  timeline.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-more]");
    if (!link) return;
    event.preventDefault();
    load(link);
  });
  watch();
}
