"use strict";
(() => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];

  // Tables: a heading sorts by its column, once more the other way round; empty cells stay last.
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort ?? cell.textContent.trim();
  };
  const compare = (a, b) => {
    const numbers = [a, b].map((text) => Number(text.replace(/,/g, "")));
    return numbers.some(Number.isNaN) ? a.localeCompare(b, "en") : numbers[0] - numbers[1];
  };
  const sort = (table, heading, column) => {
    const up = heading.getAttribute("aria-sort") !== "ascending";
    const rows = all("tbody tr", table).map((row) => [key(row, column), row]);
    rows.sort(([a], [b]) => (a === "" || b === "" ? (a === "") - (b === "") : (up ? 1 : -1) * compare(a, b)));
    table.tBodies[0].append(...rows.map(([, row]) => row));
    all("th", table).forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
  };
  all("table.sortable").forEach((table) =>
    all("thead th", table).forEach((heading, column) => {
      const button = document.createElement("button");
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => sort(table, heading, column));
    }));

  // The filter hides what is about other functions.
  const field = document.getElementById("filter");
  if (field) {
    const marked = all("[data-function]");
    const names = new Set(marked.map((part) => part.dataset.function));
    const filter = () => {
      const wanted = field.value.trim().toLowerCase();
      const fits = (name) => name.toLowerCase().includes(wanted);
      marked.forEach((part) => { part.hidden = !fits(part.dataset.function); });
      const shown = [...names].filter(fits).length;
      document.getElementById("filtered").textContent = wanted ? `${shown} of ${names.size}` : "";
    };
    field.closest(".filter").hidden = false;
    field.addEventListener("input", filter);
    filter();
  }

  // Charts: the values nearest to the pointer, along x or, where points have heights, around it.
  all(".plot[data-hover]").forEach((plot) => {
    const [places, texts, heights] = JSON.parse(plot.dataset.hover);
    const cursor = document.createElement("div");
    const readout = document.createElement("div");
    cursor.className = "cursor";
    readout.className = "readout";
    cursor.hidden = readout.hidden = true;
    plot.append(cursor, readout);
    const show = (event) => {
      const box = plot.getBoundingClientRect();
      const at = event.clientX - box.left;
      const up = box.bottom - event.clientY;
      const far = (k) => Math.hypot((places[k] * box.width) / 100 - at,
        heights ? (heights[k] * box.height) / 100 - up : 0);
      let near = 0;
      places.forEach((_, k) => { if (far(k) < far(near)) near = k; });
      cursor.style.left = `${places[near]}%`;
      readout.style.left = places[near] < 50 ? `calc(${places[near]}% + .5rem)` : "auto";
      readout.style.right = places[near] < 50 ? "auto" : `calc(${100 - places[near]}% + .5rem)`;
      readout.textContent = texts[near];
      cursor.hidden = readout.hidden = false;
    };
    plot.addEventListener("pointermove", show);
    plot.addEventListener("pointerdown", show);
    plot.addEventListener("pointerleave", () => { cursor.hidden = readout.hidden = true; });
  });

  // Paper shows everything.
  addEventListener("beforeprint", () => all("details").forEach((part) => { part.open = true; }));
})();
