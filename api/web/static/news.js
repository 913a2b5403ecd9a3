// Tells, on every page, how many saved searches have something new.

const EVERY = 60_000; // ms, while the page is looked at

export function news(badge) {
  if (!badge) return;

  async function look() {
    if (document.hidden) return;
    const answer = await fetch("/searches/news").catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const { searches } = await answer.json();
    badge.firstElementChild.textContent = searches;
    badge.hidden = searches === 0;
  }

  look();
  setInterval(look, EVERY);
}
