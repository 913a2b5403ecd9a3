// Keeps a page up to date while records come in: a part of it by itself, the rest by
// saying that there is something new, lest it move under the reader's eyes.

const LEAST = 1000; // ms between two refreshes

export function live() {
  let stream = null;
  let part = null;
  let changed = null;

  // A page that nobody looks at does not listen: a browser has few connections to a server.
  function listen() {
    stream?.close();
    stream = null;
    const notice = document.querySelector("[data-arrivals]");
    const last = part;
    part = document.querySelector("[data-live]");
    if (part && part !== last) changed = refresher(part);
    if (document.hidden || (!part && !notice)) return;
    stream = new EventSource("/api/v1/events" + (notice ? "?" + notice.dataset.arrivals : ""));
    if (notice) stream.addEventListener("arrivals", (event) => tell(notice, JSON.parse(event.data).records));
    if (!part) return;
    stream.addEventListener("sync", changed);
    stream.addEventListener("records", changed);
  }

  document.addEventListener("visibilitychange", listen);
  document.addEventListener("results", listen); // they have replaced a part, or the page's notice
  listen();
}

function tell(notice, records) {
  const told = notice.querySelector(".notice");
  if (!records) return told?.remove();
  if (told) return;
  notice.append(notice.querySelector("template").content.cloneNode(true));
  notice.querySelector("button").addEventListener("click", () => location.reload());
}

// refresher fetches the part anew when something changed; while somebody is at a button
// of it, once they have left it.
function refresher(part) {
  let last = 0;
  let timer = 0;
  let waits = false;
  const busy = () => part.contains(document.activeElement);

  async function refresh() {
    last = Date.now();
    timer = 0;
    if (waits = busy()) return;
    const answer = await fetch(part.dataset.live).catch(() => null);
    const text = answer?.ok && !answer.redirected ? await answer.text() : null;
    if (!(waits = busy()) && text !== null) part.innerHTML = text;
  }

  function changed() {
    timer ||= setTimeout(refresh, Math.max(0, last + LEAST - Date.now()));
  }

  part.addEventListener("focusout", () => setTimeout(() => waits && !busy() && changed()));
  return changed;
}
