// What the pages do better with a script. Everything works without it.
"use strict";

const root = document.documentElement;
root.classList.add("scripted");

// The theme changes at once; the cookie is the one that the form would have set.
function chooseTheme(event) {
  const button = event.submitter;
  event.preventDefault();
  if (button.value) {
    root.dataset.theme = button.value;
  } else {
    delete root.dataset.theme;
  }
  const age = button.value ? 31536000 : 0;
  document.cookie = `theme=${button.value}; path=/; max-age=${age}; samesite=lax`;
  for (const each of document.querySelectorAll("[data-theme-switch] button")) {
    each.setAttribute("aria-pressed", String(each.value === button.value));
  }
}

// A dialog that opens as a popover lets the page be used behind it; with a script it is modal.
function openModal(event, button) {
  const dialog = document.getElementById(button.getAttribute("popovertarget"));
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  if (dialog.open) {
    dialog.close();
  } else {
    dialog.showModal();
  }
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const label = button.firstChild;
  const before = label.textContent;
  if (before === button.dataset.done) return;
  label.textContent = button.dataset.done;
  setTimeout(() => { label.textContent = before; }, 1500);
}

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-theme-switch]")) chooseTheme(event);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[popovertarget]");
  if (opener) openModal(event, opener);
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
});

// Arrows walk the rows of a table, from link to link; a slash goes to the search.
const STEPS = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };

function walk(event) {
  const row = event.target.closest("table[data-rows] tbody tr");
  if (!row || !(event.key in STEPS) || event.target.matches("input, select, textarea")) return;
  const links = [...row.parentElement.querySelectorAll("tr > :first-child a, tr > .kind-check + th a")];
  const here = links.findIndex((link) => row.contains(link));
  const next = links[here + STEPS[event.key]];
  if (next) {
    event.preventDefault();
    next.focus();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  walk(event);
  if (event.key === "/" && !event.target.matches("input, select, textarea")) {
    const search = document.querySelector("[data-hotkey='/']") || document.querySelector(".filters [type='search']");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  }
});

// Empty filters have no place in an address.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.target.matches(".filters")) return;
  for (const [name, value] of [...event.detail.formData]) {
    if (value === "") event.detail.formData.delete(name);
  }
});
