// Questions are answered by keys: every button tells its own in data-key.
export function review(form) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === "u") press(document.querySelector("[data-key=u]"), event);
    if (!form) return;
    const questions = [...form.querySelectorAll(".question")];
    const at = questions.indexOf(document.activeElement.closest(".question"));
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      questions[Math.max(0, Math.min(questions.length - 1, at + step))].focus();
    } else if (at >= 0 && /^[1-3nlx]$/.test(event.key)) {
      press(questions[at].querySelector(`[data-key="${event.key}"]`), event);
    }
  });
  if (!form) return;
  for (const hint of form.querySelectorAll(".keys")) hint.hidden = false;
  form.querySelector(".question").focus({ preventScroll: true });
}

function press(button, event) {
  if (!button) return;
  event.preventDefault();
  button.click();
}
