"use strict";

// Tables: sorted by their columns, filtered by words.
(() => {
  const NEXT = { none: "ascending", ascending: "descending", descending: "none" };

  /** Compare two rows by a column: numbers by value, else as text; rows without a number stay last either way. */
  function compare(first, second, column, sign) {
    const cells = [first.cells[column], second.cells[column]];
    const keys = cells.map((cell) => (cell.dataset.key === undefined ? NaN : Number(cell.dataset.key)));
    if (!Number.isNaN(keys[0]) && !Number.isNaN(keys[1])) return sign * (keys[0] - keys[1]);
    if (Number.isNaN(keys[0]) !== Number.isNaN(keys[1])) return Number.isNaN(keys[0]) ? 1 : -1;
    const texts = cells.map((cell) => cell.textContent.trim());
    return sign * texts[0].localeCompare(texts[1], "en", { numeric: true });
  }

  /** Sort the rows below each heading. A heading keeps its rows: means do not mix with what they are means of. */
  function sort(table, column, direction) {
    const sign = { ascending: 1, descending: -1, none: 0 }[direction];
    for (const body of table.tBodies) {
      const groups = [[]];
      for (const row of body.original) {
        if (row.matches(".part, .group")) groups.push([row], []);
        else groups.at(-1).push(row);
      }
      if (sign) for (const rows of groups) rows.sort((first, second) => compare(first, second, column, sign));
      body.append(...groups.flat());
    }
  }

  for (const table of document.querySelectorAll("table.numbers")) {
    for (const body of table.tBodies) body.original = [...body.rows];
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const direction = NEXT[head.getAttribute("aria-sort")];
        for (const other of heads) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", direction);
        sort(table, column, direction);
      });
    });
  }

  /** Show the rows that hold all words, with the headings above them; return how many of how many. */
  function filterBody(body, words) {
    const caption = (body.dataset.caption + " " + (body.closest("table").caption?.textContent ?? "")).toLowerCase();
    let shown = 0;
    let total = 0;
    let heading = null;
    for (const row of body.rows) {
      if (row.matches(".part")) continue;
      if (row.matches(".group")) {
        heading = row;
        row.hidden = words.length > 0;
        continue;
      }
      const text = caption + " " + row.textContent.toLowerCase();
      const fits = words.every((word) => text.includes(word));
      row.hidden = !fits;
      if (fits && heading) heading.hidden = false;
      total += 1;
      shown += fits;
    }
    body.hidden = shown === 0;
    return [shown, total];
  }

  for (const line of document.querySelectorAll(".filter")) {
    const section = line.closest("section");
    const input = line.querySelector("input");
    line.hidden = false;
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      let total = 0;
      for (const table of section.querySelectorAll("table")) {
        let here = 0;
        for (const body of table.tBodies) {
          const [some, all] = filterBody(body, words);
          here += some;
          total += all;
        }
        shown += here;
        table.closest(".box").hidden = here === 0;
      }
      line.querySelector("[role=status]").textContent = words.length ? `${shown} of ${total} rows` : "";
      const folded = section.querySelector(".folded");
      if (folded && words.length) folded.open = true;
    });
  }
})();
