// Sets in the part of a page that has changed, as the server sends it. Without this the page is
// whole, and "Load again" does the same.

const part = document.querySelector("[data-live]");
const state = document.querySelector("#link-state");
let lost = null;

function say(kind) {
  if (state.dataset.now === kind) return;
  state.dataset.now = kind;
  state.textContent = state.dataset[kind];
  if (kind === "over") {
    const link = document.createElement("a");
    link.href = `/login?next=${encodeURIComponent(location.pathname)}`;
    link.textContent = state.dataset.login;
    state.append(" ", link);
  }
}

// Somebody who writes a reason keeps the form; only what is read above it changes.
const inUse = (article) =>
  article.contains(document.activeElement) || article.querySelector("details[open]") !== null;

function setIn(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  for (const article of part.querySelectorAll("article[id]")) {
    const now = fresh.querySelector(`#${CSS.escape(article.id)}`);
    if (!now || !inUse(article)) continue;
    article.className = now.className;
    article.querySelector(".reading").replaceWith(now.querySelector(".reading"));
    now.replaceWith(article);
  }
  part.replaceChildren(...fresh.childNodes);
}

function listen() {
  const address = new URL(part.dataset.live, location.href);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (!address.searchParams.has(name)) address.searchParams.append(name, value);
  }
  const stream = new EventSource(address);
  stream.addEventListener("open", () => { clearTimeout(lost); say("on"); });
  stream.addEventListener("part", (event) => setIn(event.data));
  stream.addEventListener("over", () => { stream.close(); say("over"); });
  stream.addEventListener("error", () => {
    say("lost");
    // Refused: no browser tries that again by itself. The server may be back, or the session over.
    if (stream.readyState === EventSource.CLOSED) lost = setTimeout(again, 3000);
  });
  window.addEventListener("pagehide", () => stream.close(), { once: true });
}

async function again() {
  try {
    const answer = await fetch(part.dataset.live, { method: "GET", headers: { accept: "application/json" }, signal: AbortSignal.timeout(5000) });
    await answer.body?.cancel();
    if (answer.status === 401 || answer.status === 403) { say("over"); return; }
  } catch { /* not there yet */ }
  listen();
}

if (part) listen();
