"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const FEW = 20; // tasks that a search opens; more would bury what it found
  const PRINTED = 300; // criteria that are opened for print; of more, those that do not hold

  // -- filters ---------------------------------------------------------------------------------------------

  let rows = []; // one a task: its parts, and its text once it is searched

  const lower = (element) => element.textContent.toLowerCase();

  const gather = () => {
    rows = all(".task").map((task) => ({
      task,
      details: one("details", task),
      criteria: all(".criterion", task),
      said: null,
      texts: null,
    }));
  };

  const read = (row) => {
    if (row.said === null) {
      row.said = `${lower(one(".head", row.task))} ${lower(one("summary", row.task))} ${lower(one(".facts", row.task))}`;
      row.texts = row.criteria.map(lower);
    }
    return row;
  };

  const wanted = () => {
    const form = one("#filters");
    const value = (name) => form.elements.namedItem(name).value;
    return {
      words: value("search").toLowerCase().split(/\s+/).filter(Boolean),
      owner: value("owner"),
      priority: value("priority"),
      status: value("status"),
      verdict: value("verdict"),
    };
  };

  const isSet = (want) =>
    want.words.length > 0 || [want.owner, want.priority, want.status, want.verdict].some((value) => value !== "*");

  const fits = (row, want) =>
    ["owner", "priority", "status"].every((name) => want[name] === "*" || row.task.dataset[name] === want[name]);

  const matching = (row, want) => {
    // Each word is in the criterion, or in what is said of its task.
    if (want.words.length) read(row);
    const has = (text) => want.words.every((word) => text.includes(word) || row.said.includes(word));
    return row.criteria.map(
      (criterion, index) =>
        (want.verdict === "*" || criterion.dataset.verdict === want.verdict) &&
        (!want.words.length || has(row.texts[index])),
    );
  };

  const filter = () => {
    const want = wanted();
    let tasks = 0;
    let criteria = 0;
    const left = [];
    for (const row of rows) {
      const found = fits(row, want) ? matching(row, want) : [];
      const bare = row.criteria.length === 0 && want.verdict === "*" &&
        want.words.every((word) => read(row).said.includes(word));
      const show = fits(row, want) && (found.some(Boolean) || bare);
      row.task.hidden = !show;
      row.criteria.forEach((criterion, index) => { criterion.hidden = show && !found[index]; });
      if (show) {
        tasks += 1;
        criteria += found.filter(Boolean).length;
        left.push(row);
      }
    }
    for (const group of all(".group")) group.hidden = !one(".task:not([hidden])", group);
    one("#nothing").hidden = tasks > 0;
    const opens = (want.words.length > 0 || want.verdict !== "*") && tasks <= FEW;
    for (const row of rows) {
      if (opens && left.includes(row) && !row.details.open) {
        row.details.open = true;
        row.details.dataset.opened = "";
      } else if (!opens && "opened" in row.details.dataset) {
        row.details.open = false;
        delete row.details.dataset.opened;
      }
    }
    say(tasks, criteria, isSet(want));
  };

  const count = (number, word, words) => `${number.toLocaleString("en")} ${number === 1 ? word : words}`;

  const say = (tasks, criteria, filtered) => {
    const line = one("#count");
    const whole = { tasks: Number(line.dataset.tasks), criteria: Number(line.dataset.criteria) };
    line.textContent = filtered
      ? `${tasks.toLocaleString("en")} of ${count(whole.tasks, "task", "tasks")}, ` +
        `${criteria.toLocaleString("en")} of ${count(whole.criteria, "criterion", "criteria")}`
      : `${count(whole.tasks, "task", "tasks")}, ${count(whole.criteria, "criterion", "criteria")}`;
  };

  let waiting = 0;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); };
  const clear = () => { one("#filters").reset(); };

  // -- keys, links, print ----------------------------------------------------------------------------------

  const typing = (element) => element instanceof HTMLElement && element.matches("input, select, textarea");

  document.addEventListener("keydown", (event) => {
    const search = one("#search");
    if (!search || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !typing(event.target)) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape") {
      if (isSet(wanted())) clear();
      else if (event.target === search) search.blur();
    }
  });

  const follow = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!(target instanceof HTMLDetailsElement)) return;
    const criterion = target.closest(".criterion");
    if ((criterion ?? target.closest(".task"))?.hidden || target.closest(".task")?.hidden) { clear(); filter(); }
    for (let each = target; each; each = each.parentElement?.closest("details")) each.open = true;
    one("summary", target).focus({ preventScroll: true });
    target.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", follow);

  let printed = [];
  addEventListener("beforeprint", () => {
    const criteria = all(".task:not([hidden]) .criterion:not([hidden])");
    const some = criteria.length <= PRINTED ? criteria : criteria.filter((each) => each.dataset.verdict !== "met");
    const tasks = all(".task:not([hidden]) .more td > details");
    printed = [...tasks, ...some.map((each) => one("details", each))].filter((each) => !each.open);
    for (const each of printed) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of printed) each.open = false; printed = []; });

  // -- live ------------------------------------------------------------------------------------------------

  const kept = () => ({
    open: all("details[open]").map((each) => each.id).filter(Boolean),
    values: all("#filters input, #filters select").map((each) => [each.name, each.value]),
    unfolded: one("#unfold")?.getAttribute("aria-pressed") === "true",
    focus: document.activeElement?.id || document.activeElement?.closest("details")?.id,
    scroll: all(".scroll").map((each) => [each.getAttribute("aria-label"), each.scrollTop, each.scrollLeft]),
  });

  const restore = (was) => {
    for (const id of was.open) { const each = document.getElementById(id); if (each) each.open = true; }
    for (const [name, value] of was.values) {
      const field = one("#filters")?.elements.namedItem(name);
      if (field) field.value = value;
      if (field && field.value !== value) field.value = "*"; // no longer one of its choices
    }
    for (const [label, top, left] of was.scroll) {
      const each = all(".scroll").find((region) => region.getAttribute("aria-label") === label);
      if (each) { each.scrollTop = top; each.scrollLeft = left; }
    }
    const focused = was.focus && document.getElementById(was.focus);
    if (focused) (one("summary", focused) ?? focused).focus({ preventScroll: true });
  };

  const news = async () => {
    const answer = await fetch("/", { cache: "no-store" });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const was = kept();
    document.body.dataset.live = fresh.body.dataset.live ?? "";
    one("#page").replaceWith(document.adoptNode(one("#page", fresh)));
    begin();
    restore(was);
    if (rows.length) filter();
  };

  const listen = () => {
    const light = one("#live");
    const show = (text) => { if (light.textContent !== text) light.textContent = text; };
    let told = document.body.dataset.live;
    let busy = false;
    const catchUp = async () => { // one after the other: a large page takes longer than a verdict
      if (busy) return;
      busy = true;
      try {
        while (document.body.dataset.live !== told) {
          await news();
          if (document.body.dataset.live !== told) await new Promise((done) => setTimeout(done, 1000));
        }
      } catch (error) {
        show(error.message);
      }
      busy = false;
    };
    const source = new EventSource("/events");
    source.addEventListener("message", (event) => {
      show("live");
      told = event.data;
      catchUp();
    });
    source.addEventListener("error", () => show("the server is gone; what you see is what it said last"));
  };

  // -- begin -----------------------------------------------------------------------------------------------

  const begin = () => {
    gather();
    const form = one("#filters");
    if (!form) return;
    form.addEventListener("submit", (event) => { event.preventDefault(); filter(); });
    form.addEventListener("input", soon);
    form.addEventListener("reset", () => setTimeout(filter));
    const button = one("#unfold");
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") !== "true";
      for (const row of rows) if (!row.task.hidden) { row.details.open = open; delete row.details.dataset.opened; }
      button.setAttribute("aria-pressed", String(open));
    });
  };

  begin();
  if (one("#filters") && isSet(wanted())) filter(); // the browser has kept what was typed
  follow();
  if ("live" in document.body.dataset) listen();
})();
