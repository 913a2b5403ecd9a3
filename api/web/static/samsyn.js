// Everything here makes pages quicker to use; without it they work the same.
import { search } from "./search.js";
import { live } from "./live.js";
import { more } from "./more.js";
import { news } from "./news.js";
import { review } from "./review.js";
import { open } from "./open.js";

search(document.querySelector("#search"), document.querySelector("#results"));
live();
more(document.querySelector("#timeline"));
news(document.querySelector("#news"));
review([...document.querySelectorAll(".question")]);
open(document.querySelector("#timeline"));

// On a phone the filters begin folded, so that the hits are seen first.
for (const fold of document.querySelectorAll(".fold")) {
  if (matchMedia("(max-width: 860px)").matches) fold.open = false;
}

// Removing asks first.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.danger");
  if (button && !confirm(button.textContent + "?")) event.preventDefault();
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// "/" goes to the box on every page that has one.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const box = document.querySelector("input[type=search]");
  if (event.key === "/" && !typing && box && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    box.focus();
    box.select();
  }
});
