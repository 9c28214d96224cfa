// The command palette: Ctrl K opens it, arrows choose, Enter goes. Without a script its button leads to the search.
"use strict";

{
  const palette = document.getElementById("palette");
  const asks = palette?.querySelector("[role='combobox']");
  const found = palette?.querySelector("[role='listbox']");
  const KEPT = 6;
  const OBJECT = /\/[a-z]{2,3}_[0-9a-z]+$/;
  const memory = `opened:${palette?.dataset.person}`;

  function opened() {
    try {
      return JSON.parse(localStorage.getItem(memory)) || [];
    } catch {
      return [];
    }
  }

  // What was opened lately stays in this browser, under the name of whoever is signed in, until they log out.
  function remember() {
    const heading = document.querySelector("h1");
    if (!OBJECT.test(location.pathname) || !heading) return;
    const here = { url: location.pathname, title: heading.textContent.trim() };
    const others = opened().filter((each) => each.url !== here.url);
    localStorage.setItem(memory, JSON.stringify([here, ...others].slice(0, KEPT)));
  }

  function place(each, number) {
    const link = document.createElement("a");
    link.className = "palette-place";
    link.href = each.url;
    link.id = `place-opened-${number}`;
    link.tabIndex = -1;
    link.setAttribute("role", "option");
    link.setAttribute("aria-selected", "false");
    link.append(Object.assign(document.createElement("span"), { textContent: each.title }));
    return link;
  }

  function showOpened() {
    const lately = opened();
    if (asks.value.trim() || !lately.length) return;
    const heap = document.createElement("div");
    const title = document.createElement("p");
    heap.className = "palette-heap";
    heap.setAttribute("role", "group");
    heap.setAttribute("aria-label", found.dataset.recent);
    title.className = "palette-title";
    title.setAttribute("role", "presentation");
    title.textContent = found.dataset.recent;
    heap.append(title, ...lately.map(place));
    found.prepend(heap);
  }

  function options() {
    return [...found.querySelectorAll("[role='option']")];
  }

  function choose(option) {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (option) {
      asks.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      asks.removeAttribute("aria-activedescendant");
    }
  }

  function chosen() {
    return found.querySelector("[aria-selected='true']");
  }

  function step(by) {
    const all = options();
    if (all.length) choose(all[(all.indexOf(chosen()) + by + all.length) % all.length]);
  }

  function open() {
    if (palette.open) return;
    palette.showModal();
    asks.value = "";
    asks.focus();
    asks.dispatchEvent(new Event("palette"));
  }

  function pressed(event) {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      chosen()?.click();
    }
  }

  if (palette) {
    remember();
    asks.addEventListener("keydown", pressed);
    palette.addEventListener("click", (event) => {
      if (event.target === palette) palette.close();
    });
    found.addEventListener("htmx:afterSwap", () => {
      showOpened();
      choose(options()[0]);
    });
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      open();
    });
    document.addEventListener("click", (event) => {
      if (!event.target.closest("[data-opens='palette']")) return;
      event.preventDefault();
      open();
    });
    document.addEventListener("submit", (event) => {
      if (event.target.matches("[data-leaves]")) localStorage.removeItem(memory);
    });
  }
}
