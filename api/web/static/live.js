// Keeps a part of a page up to date while sources are read.

const LEAST = 1000; // ms between two refreshes

export function live(part) {
  if (!part) return;
  let last = 0;
  let timer = 0;

  async function refresh() {
    last = Date.now();
    timer = 0;
    if (part.contains(document.activeElement) && document.activeElement !== document.body) return; // someone is at a button
    const answer = await fetch(part.dataset.live).catch(() => null);
    if (answer?.ok && !answer.redirected) part.innerHTML = await answer.text();
  }

  function changed() {
    timer ||= setTimeout(refresh, Math.max(0, last + LEAST - Date.now()));
  }

  const events = new EventSource("/api/v1/events");
  events.addEventListener("sync", changed);
  events.addEventListener("records", changed);
}
