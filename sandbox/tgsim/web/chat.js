
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const log = $("log"), text = $("text");
  const drawn = new Map();   // message id -> {json, node}
  const revealed = new Set(); // message ids whose hidden text is shown
  const waiting = new Map(); // query id -> button
  const answered = new Set(); // query ids seen in an answer
  let state = null, editing = 0, toastTimer = 0, doingTimer = 0;

  // make builds an element; children are nodes or strings, and strings are only ever text.
  function make(tag, props, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value === true) node.setAttribute(name, "");
      else if (value !== false && value != null && value !== "") node.setAttribute(name, value);
    }
    node.append(...children);
    return node;
  }

  async function act(action) {
    const answer = await fetch("act", {
      method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(action),
    });
    if (!answer.ok) throw new Error((await answer.text()).trim());
    return answer.json();
  }
  const tell = (action) => act(action).catch((err) => toast(err.message));

  // --- text with entities -------------------------------------------------------------------

  const web = (address) => /^https?:\/\//i.test(address) ? address : "";

  function moment(entity, shown) {
    const date = new Date(entity.unix_time * 1000), format = entity.date_time_format || "";
    const words = [];
    const add = (options) => words.push(new Intl.DateTimeFormat("en-GB", options).format(date));
    if (format.includes("w") || format.includes("W")) add({weekday: "long"});
    if (format.includes("d")) add({dateStyle: "short"});
    if (format.includes("D")) add({dateStyle: "long"});
    if (format.includes("t")) add({timeStyle: "short"});
    if (format.includes("T")) add({timeStyle: "medium"});
    const local = new Intl.DateTimeFormat("en-GB", {dateStyle: "full", timeStyle: "short"}).format(date);
    return make("time", {datetime: date.toISOString(), title: "In your time: " + local}, words.length ? words.join(", ") : shown);
  }

  function wrap(entity, inner, message, shown) {
    switch (entity.type) {
    case "bold": return make("strong", {}, inner);
    case "italic": return make("em", {}, inner);
    case "underline": return make("u", {}, inner);
    case "strikethrough": return make("s", {}, inner);
    case "code": return make("code", {}, inner);
    case "pre": return make("code", {class: "pre"}, inner);
    case "blockquote": case "expandable_blockquote": return make("span", {class: "blockquote"}, inner);
    case "date_time": return moment(entity, shown);
    case "spoiler": return spoiler(inner, message);
    case "text_link": case "url": {
      const address = web(entity.url || shown);
      return address ? make("a", {href: address, target: "_blank", rel: "noopener noreferrer"}, inner) : make("span", {}, inner);
    }
    case "bot_command":
      return make("a", {href: "#", onclick: (e) => { e.preventDefault(); tell({do: "send", text: shown}); }}, inner);
    default: return make("span", {}, inner);
    }
  }

  function spoiler(inner, message) {
    if (revealed.has(message.id)) return make("span", {class: "spoiler shown"}, inner);
    const show = (e) => {
      if (e.type === "keydown" && e.key !== "Enter" && e.key !== " ") return;
      e.preventDefault();
      revealed.add(message.id);
      drawn.delete(message.id);
      draw();
    };
    return make("span", {class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text. Press to show it.",
      onclick: show, onkeydown: show}, make("span", {"aria-hidden": "true"}, inner));
  }

  // rich nests the entities, which come sorted with outer ones first. Offsets count UTF-16 units, and so do our strings.
  function rich(message) {
    const out = document.createDocumentFragment();
    const fill = (into, from, to, entities) => {
      let at = from;
      for (let i = 0; i < entities.length;) {
        const entity = entities[i], start = Math.max(entity.offset, at), end = Math.min(entity.offset + entity.length, to);
        const inside = [];
        for (i++; i < entities.length && entities[i].offset < end; i++) inside.push(entities[i]);
        if (start >= end) continue;
        into.append(message.text.slice(at, start));
        const inner = document.createDocumentFragment();
        fill(inner, start, end, inside);
        into.append(wrap(entity, inner, message, message.text.slice(start, end)));
        at = end;
      }
      into.append(message.text.slice(at, to));
    };
    fill(out, 0, message.text.length, message.entities);
    return out;
  }

  // --- messages -----------------------------------------------------------------------------

  const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB", {hour: "2-digit", minute: "2-digit"});
  const day = (seconds) => new Date(seconds * 1000).toLocaleDateString("en-GB", {weekday: "long", day: "numeric", month: "long"});
  const named = {photo: "Photo", voice: "Voice message", sticker: "Sticker", location: "Location", contact: "My number", document: "Document"};

  function body(message) {
    const bubble = make("div", {class: "bubble"});
    bubble.append(make("span", {class: "hidden-label"}, message.fromBot ? "Bot: " : "You: "));
    const replied = state.messages.find((m) => m.id === message.replyTo);
    if (replied) bubble.append(make("span", {class: "quote"}, replied.text.slice(0, 80)));
    if (message.kind !== "text") bubble.append(make("div", {class: "other"}, message.fileName && !message.protected
      ? make("a", {href: "file?message=" + message.id, download: message.fileName}, message.fileName)
      : message.fileName || named[message.kind] || message.kind));
    if (message.text) bubble.append(make("div", {class: "text", dir: "auto"}, rich(message)));
    const meta = make("div", {class: "meta"});
    if (!message.fromBot && message.kind === "text") meta.append(make("button", {type: "button", onclick: () => edit(message)}, "Edit"));
    if (!message.fromBot) meta.append(make("button", {type: "button", onclick: () => tell({do: "delete", message: message.id})}, "Delete"));
    if (message.protected) meta.append(make("span", {title: "Can't be forwarded or saved"}, "protected"));
    if (message.silent) meta.append(make("span", {title: "Arrived without a sound"}, "silent"));
    if (message.edited) meta.append(make("span", {}, "edited"));
    meta.append(make("span", {}, clock(message.at)));
    bubble.append(meta);
    return bubble;
  }

  function key(message, button, row, column) {
    if (button.url) {
      const address = web(button.url);
      return make("a", {class: button.style, href: address || "#", target: "_blank", rel: "noopener noreferrer"}, button.label + " \u2197");
    }
    const copy = async () => {
      try { await navigator.clipboard.writeText(button.copyText); toast("Copied."); } catch { toast(button.copyText); }
    };
    const press = async (e) => {
      const node = e.currentTarget;
      node.setAttribute("aria-busy", "true");
      try {
        const {query} = await act({do: "press", message: message.id, row, column});
        if (answered.has(query)) node.removeAttribute("aria-busy"); else waiting.set(query, node);
      } catch (err) {
        node.removeAttribute("aria-busy");
        toast(err.message);
      }
    };
    return make("button", {type: "button", class: button.style, disabled: !button.press && !button.copyText,
      onclick: button.copyText ? copy : press}, button.label);
  }

  function build(message) {
    const node = make("div", {class: "message" + (message.fromBot ? "" : " mine") + (message.protected ? " protected" : "")}, body(message));
    if (message.rows.length) {
      node.append(make("div", {class: "rows"}, ...message.rows.map((row, r) =>
        make("div", {class: "row"}, ...row.map((button, c) => key(message, button, r, c))))));
    }
    return node;
  }

  // draw changes only what differs, so that a keyboard under someone's finger stays where it is.
  function draw() {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    const present = new Set(state.messages.map((m) => m.id));
    let fresh = false, before = null, last = "";
    for (const [id, {node}] of drawn) if (!present.has(id)) { node.remove(); drawn.delete(id); }
    for (const old of log.querySelectorAll(".message")) if (!present.has(Number(old.dataset.id))) old.remove();
    for (const message of state.messages) {
      const json = JSON.stringify(message), old = drawn.get(message.id);
      let node = old && old.node;
      if (!old || old.json !== json) {
        if (old) revealed.delete(message.id); // what was edited in is hidden again
        node = build(message);
        node.dataset.id = message.id;
        const standing = log.querySelector(`.message[data-id="${message.id}"]`);
        if (standing) standing.replaceWith(node);
        else { (before || $("empty")).after(node); fresh = true; }
        drawn.set(message.id, {json, node});
      }
      const today = day(message.at);
      const label = node.previousElementSibling;
      if (today !== last && !(label && label.classList.contains("day"))) node.before(make("div", {class: "day"}, today));
      last = today;
      before = node;
    }
    for (const label of log.querySelectorAll(".day")) {
      const next = label.nextElementSibling;
      if (!next || next.classList.contains("day")) label.remove();
    }
    $("empty").hidden = state.messages.length > 0;
    if (fresh || atEnd) requestAnimationFrame(() => { log.scrollTop = log.scrollHeight; });
  }

  // --- around the messages --------------------------------------------------------------------

  function toast(words) {
    clearTimeout(toastTimer);
    $("toast").replaceChildren(make("span", {}, words));
    toastTimer = setTimeout(() => $("toast").replaceChildren(), Math.max(3000, words.length * 70));
  }

  function answers(first) {
    for (const {query, text: words, alert} of state.toasts) {
      if (answered.has(query)) continue;
      answered.add(query);
      const node = waiting.get(query);
      if (node) { node.removeAttribute("aria-busy"); waiting.delete(query); }
      if (first || !words) continue;
      if (alert) { $("alert-text").textContent = words; $("alert").showModal(); } else toast(words);
    }
  }

  function keyboard() {
    const place = $("reply-keyboard"), rows = state.keyboard.rows;
    const json = JSON.stringify(rows);
    if (place.dataset.drawn === json) return;
    place.dataset.drawn = json;
    place.hidden = rows.length === 0;
    place.replaceChildren(...rows.map((row) => make("div", {class: "row"}, ...row.map((k) =>
      make("button", {type: "button", onclick: () => tell(k.contact ? {do: "contact"} : {do: "send", text: k.label})}, k.label)))));
  }

  function menus() {
    const item = (action, ...inner) => make("button", {type: "button", role: "menuitem", onclick: () => { close(); tell(action); text.focus(); }}, ...inner);
    const list = state.commands || [], json = JSON.stringify([list, state.kinds]);
    if ($("menu").dataset.drawn === json) return;
    $("menu").dataset.drawn = json;
    $("menu").replaceChildren(...(list.length ? list.map((c) => item({do: "send", text: "/" + c.command}, make("b", {}, "/" + c.command), make("span", {}, c.description)))
      : [make("p", {}, "This bot has not named any commands yet.")]));
    $("attach-menu").replaceChildren(...state.kinds.map((kind) => item({do: "other", kind}, named[kind] || kind)));
  }

  const openers = [[$("menu-button"), $("menu")], [$("attach"), $("attach-menu")]];
  function close(except) {
    for (const [opener, menu] of openers) if (menu !== except) { menu.hidden = true; opener.setAttribute("aria-expanded", "false"); }
  }
  for (const [opener, menu] of openers) {
    opener.addEventListener("click", () => {
      close(menu);
      menu.hidden = !menu.hidden;
      opener.setAttribute("aria-expanded", String(!menu.hidden));
      if (!menu.hidden && menu.querySelector("button")) menu.querySelector("button").focus();
    });
    menu.addEventListener("keydown", (e) => {
      const items = [...menu.querySelectorAll("button")], at = items.indexOf(document.activeElement);
      const step = {ArrowDown: 1, ArrowUp: -1}[e.key];
      if (step && items.length) { e.preventDefault(); items[(at + step + items.length) % items.length].focus(); }
    });
  }
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    const open = openers.find(([, menu]) => !menu.hidden);
    close();
    if (open) open[0].focus();
    if (editing) edit(null);
  });
  log.addEventListener("click", () => close());

  function edit(message) {
    editing = message ? message.id : 0;
    text.value = message ? message.text : "";
    $("send").setAttribute("aria-label", message ? "Save the edit" : "Send");
    grow();
    text.focus();
  }
  function grow() { text.style.height = "auto"; text.style.height = text.scrollHeight + 2 + "px"; }
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (e) => {
    if (e.key === "Enter" && !e.shiftKey && !e.isComposing) { e.preventDefault(); $("composer").requestSubmit(); }
  });
  $("composer").addEventListener("submit", async (e) => {
    e.preventDefault();
    const words = text.value.trim();
    if (!words) return;
    const action = editing ? {do: "edit", message: editing, text: words} : {do: "send", text: words};
    edit(null);
    try { await act(action); } catch (err) { if (!text.value) { text.value = words; grow(); } toast(err.message); }
  });
  $("start").addEventListener("click", () => tell(state.blocked ? {do: "unblock"} : {do: "send", text: "/start"}));
  $("block").addEventListener("click", () => tell({do: state && state.blocked ? "unblock" : "block"}));

  function status(words) { if ($("status").textContent !== words) $("status").textContent = words; }
  function show(first) {
    draw();
    answers(first);
    keyboard();
    menus();
    const asleep = state.blocked || (first && state.messages.length === 0) || state.messages.length === 0;
    $("composer").hidden = asleep;
    $("start").hidden = !asleep;
    $("start").textContent = state.blocked ? "Unblock" : "Start";
    $("block").textContent = state.blocked ? "Unblock" : "Block";
    text.placeholder = state.keyboard.placeholder || "Message";
    clearTimeout(doingTimer);
    const usual = state.blocked ? "blocked" : "bot";
    status(state.doing ? "typing\u2026" : usual);
    if (state.doing) doingTimer = setTimeout(() => status(usual), state.doingMs);
  }

  async function watch() {
    for (let pause = 500; ;) {
      try {
        const answer = await fetch("state?after=" + (state ? state.version : 0), {cache: "no-store"});
        if (!answer.ok) throw new Error("no answer");
        const next = await answer.json(), first = state === null, same = !first && next.version === state.version;
        state = next;
        if (!same || first) show(first);
        pause = 500;
      } catch {
        status("waiting for network\u2026");
        await new Promise((done) => setTimeout(done, pause));
        pause = Math.min(pause * 2, 8000);
        if (state) state.version = 0;
      }
    }
  }

  const tabs = [$("tab-chat"), $("tab-panel")].filter(Boolean);
  function choose(tab) {
    document.body.dataset.view = tab.id === "tab-panel" ? "panel" : "chat";
    for (const t of tabs) { t.setAttribute("aria-selected", String(t === tab)); t.tabIndex = t === tab ? 0 : -1; }
  }
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (e) => {
      if (e.key !== "ArrowLeft" && e.key !== "ArrowRight") return;
      const other = tabs[1 - i];
      choose(other);
      other.focus();
    });
  });
  watch();
})();
