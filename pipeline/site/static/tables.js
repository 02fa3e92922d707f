"use strict";
/* Tables that can be sorted and filtered. Without this file every row is there, in the order of the page.
   Sorting: a button in each heading. Filtering: the form above a table; what is chosen stands in the address after #,
   as #drug=ketamine&with_both_count=3, so that it can be sent to somebody. */

const collator = new Intl.Collator("en", { numeric: true });

function readKey(row, index) {
  const cell = row.cells[index];
  return cell.dataset.sort === undefined ? cell.textContent.trim() : Number.isNaN(Number(cell.dataset.sort)) ? cell.dataset.sort : Number(cell.dataset.sort);
}

function compareKeys(a, b) {
  const emptyA = a === "–" || a === "", emptyB = b === "–" || b === "";
  if (emptyA || emptyB) return { order: emptyA - emptyB, isFixed: emptyA !== emptyB };
  const areNumbers = typeof a === "number" && typeof b === "number";
  return { order: areNumbers ? a - b : collator.compare(String(a), String(b)), isFixed: false };
}

function sortRows(table, index, direction) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => ({ row, key: readKey(row, index) }));
  rows.sort((a, b) => {
    const { order, isFixed } = compareKeys(a.key, b.key);
    return isFixed ? order : direction * order; /* what was not estimated stays last, whichever way */
  });
  body.append(...rows.map((each) => each.row));
}

function makeSortable(table) {
  const headings = Array.from(table.tHead.rows[0].cells);
  headings.forEach((heading, index) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isText = heading.classList.contains("left");
      const now = heading.getAttribute("aria-sort");
      const next = now ? (now === "ascending" ? "descending" : "ascending") : isText ? "ascending" : "descending";
      headings.forEach((each) => each.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", next);
      sortRows(table, index, next === "ascending" ? 1 : -1);
    });
  });
}

function isShown(row, fields) {
  return fields.every((field) => {
    if (field.value === "") return true;
    const value = row.getAttribute("data-" + field.name.replaceAll("_", "-"));
    if (value === null) return true;
    return field.hasAttribute("data-least") ? Number(value) >= Number(field.value) : value === field.value;
  });
}

function makeFilters(form) {
  const table = document.getElementById(form.dataset.table);
  const fields = Array.from(form.elements).filter((each) => each.name);
  const rows = Array.from(table.tBodies[0].rows);
  const count = form.querySelector("output");
  function show() {
    let shown = 0;
    for (const row of rows) {
      row.hidden = !isShown(row, fields);
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = `${shown} of ${rows.length} rows`;
  }
  function read() {
    const chosen = new URLSearchParams(location.hash.slice(1));
    for (const field of fields) {
      const value = chosen.get(field.name) ?? "";
      field.value = value;
      if (field.value !== value) field.value = "";
    }
    show();
  }
  function write() {
    const chosen = new URLSearchParams();
    for (const field of fields) if (field.value !== "") chosen.set(field.name, field.value);
    history.replaceState(null, "", "#" + chosen);
    show();
  }
  form.hidden = false;
  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(write));
  window.addEventListener("hashchange", read);
  read();
}

for (const table of document.querySelectorAll("table[data-sortable]")) makeSortable(table);
for (const form of document.querySelectorAll("form.filters")) makeFilters(form);
