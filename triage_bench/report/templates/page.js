"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const field = document.getElementById("filter");

  // What cannot hold both languages: an option, and what a column means on hover (the legend's own words).
  const explain = () => {
    for (const one of all("option[data-ko]")) one.textContent = one.dataset[root.lang];
    for (const head of all("[data-means]")) {
      const term = document.getElementById("means-" + head.dataset.means);
      const said = term && term.nextElementSibling;
      const own = said && all("[lang]", said).filter((part) => part.lang === root.lang);
      if (said) head.title = (own.length ? own.map((part) => part.textContent).join(" ") : said.textContent).trim();
    }
  };

  // Language: one attribute decides which spans are shown.
  const speak = (language) => {
    root.lang = language;
    explain();
    for (const button of all("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
  };
  for (const button of all("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
  explain();

  // Sorting: what has no value stays at the end, whichever way is up.
  const sort = (head) => {
    const table = head.closest("table"), body = table.tBodies[0], at = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending";
    const text = head.dataset.kind === "text";
    const value = (row) => row.cells[at].textContent.trim().replace(/^[<\s]+|,/g, "").replace("−", "-");
    const compare = (a, b) => {
      const x = value(a), y = value(b);
      if (x === "–" || y === "–") return (x === "–") - (y === "–");
      return (text ? x.localeCompare(y, root.lang) : parseFloat(x) - parseFloat(y)) * (down ? -1 : 1);
    };
    for (const other of all("th[aria-sort]", table)) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    body.append(...[...body.rows].sort(compare));
  };
  for (const head of all(".board th[data-kind]")) head.querySelector("button").addEventListener("click", () => sort(head));

  // Filter: every word has to occur in the name of the model or of the data set.
  const plain = (text) => text.normalize("NFC").toLocaleLowerCase();
  const filter = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const table of all(".board")) {
      for (const row of table.tBodies[0].rows) {
        const text = plain(table.dataset.dataset + " " + row.cells[1].textContent);
        row.hidden = !(words.every((word) => text.includes(word)) && wanted("by-dataset", table.dataset.dataset)
          && wanted("by-family", row.dataset.family) && wanted("by-unit", row.dataset.unit));
        shown += !row.hidden;
      }
      const box = table.closest(".box"), none = ![...table.tBodies[0].rows].some((row) => !row.hidden);
      box.hidden = none;
      if (box.nextElementSibling && box.nextElementSibling.matches("details")) box.nextElementSibling.hidden = none;
    }
    const asked = words.length || choices.some((one) => one.value);
    document.getElementById("shown").textContent = asked ? shown : "";
    document.getElementById("shown-word").hidden = !asked;
  };
  const choices = all(".filter select");
  const wanted = (id, value) => {
    const chosen = document.getElementById(id);
    return !chosen || !chosen.value || chosen.value === value;
  };
  if (field) field.addEventListener("input", filter);
  for (const one of choices) one.addEventListener("change", filter);

  // A link into something folded opens it first.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let box = target && target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Paper has no folds.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const box of folded) box.open = true;
  });
  addEventListener("afterprint", () => {
    for (const box of folded) box.open = false;
  });

  const copy = (source, done) => {
    const range = document.createRange();
    range.selectNodeContents(source);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (navigator.clipboard) navigator.clipboard.writeText(source.textContent).then(done, () => {});
    else if (document.execCommand("copy")) done();
  };
  const button = document.getElementById("copy");
  const said = document.getElementById("copied");
  if (button) button.addEventListener("click", () => copy(document.getElementById("command"), () => (said.hidden = false)));
  for (const one of all("button.copy")) {
    one.addEventListener("click", () => copy(document.getElementById(one.dataset.of), () => one.classList.add("done")));
  }
})();
