// Questions are answered by keys: every button tells its own in data-key.
export function review(questions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === "u") press(document.querySelector("[data-key=u]"), event);
    if (!questions.length) return;
    const at = questions.indexOf(document.activeElement.closest(".question"));
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      show(questions[Math.max(0, Math.min(questions.length - 1, at + step))]);
    } else if (at >= 0 && /^[1-3nlx]$/.test(event.key)) {
      if (inSight(questions[at])) press(questions[at].querySelector(`[data-key="${event.key}"]`), event);
      else show(questions[at]); // nobody answers what they do not see
    }
  });
  if (!questions.length) return;
  for (const hint of document.querySelectorAll(".keys")) hint.hidden = false;
  const next = questions.find((question) => question.matches(":target"));
  if (next) show(next);
  else if (inSight(questions[0])) questions[0].focus({ preventScroll: true });
}

function show(question) {
  question.focus({ preventScroll: true });
  question.scrollIntoView({ block: "nearest" });
}

function inSight(question) {
  const { top, bottom } = question.getBoundingClientRect();
  return bottom > 48 && top < innerHeight - 48;
}

function press(button, event) {
  if (!button) return;
  event.preventDefault();
  button.click();
}
