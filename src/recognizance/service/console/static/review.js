// What review gains with a script: keys, zoom of all pictures together, the time left to look.
// The server decides on all of it; without this the page asks the same and takes the same.

const form = document.querySelector("form.verdict");
const zoom = document.querySelector("#zoom");
const views = [...document.querySelectorAll(".view")];
const reason = form?.querySelector("textarea");
const go = form?.querySelector("button.go");
const at = { x: 0, y: 0 };

const moved = (x, y) => {
  at.x = Math.max(-30, Math.min(30, x));
  at.y = Math.max(-30, Math.min(30, y));
  for (const view of views) {
    view.style.setProperty("--x", `${at.x}%`);
    view.style.setProperty("--y", `${at.y}%`);
  }
};

zoom?.addEventListener("change", () => moved(0, 0));
for (const view of views) {
  view.addEventListener("pointerdown", (event) => {
    if (!zoom.checked) return;
    event.preventDefault();
    const from = { ...at, px: event.clientX, py: event.clientY };
    const size = view.clientWidth / 40;
    const drag = (move) =>
      moved(from.x + (move.clientX - from.px) / size, from.y + (move.clientY - from.py) / size);
    view.setPointerCapture(event.pointerId);
    view.addEventListener("pointermove", drag);
    view.addEventListener("pointerup", () => view.removeEventListener("pointermove", drag), { once: true });
  });
}

const choose = (value) => {
  const radio = form?.querySelector(`input[name=said][value="${value}"]`);
  if (!radio) return false;
  radio.checked = true;
  radio.focus();
  return true;
};
const decide = () => {
  if (go && !go.disabled) form.requestSubmit(go);
};
const arrows = { ArrowLeft: [6, 0], ArrowRight: [-6, 0], ArrowUp: [0, 6], ArrowDown: [0, -6] };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && event.target === reason) reason.blur();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === reason) decide();
  if (event.ctrlKey || event.metaKey) return;
  if (event.target.matches?.("textarea, select, input:not([type=radio], [type=checkbox])")) return;
  const key = event.key.toLowerCase();
  const pan = arrows[event.key];
  let done = true;
  if (pan && zoom?.checked) moved(at.x + pan[0], at.y + pan[1]);
  else if (/^[1-9]$/.test(key)) done = choose(`candidate-${key}`);
  else if (key === "d") done = choose("different_person");
  else if (key === "c") done = choose("cannot_say");
  else if (key === "r" && reason) reason.focus();
  else if (key === "z" && zoom) zoom.click();
  else if (key === "n") document.querySelector("[data-next]")?.click();
  else if (key === "enter" && form && !event.target.matches("a, button, summary")) decide();
  else done = false;
  if (done) event.preventDefault();
});

if (form && Number(form.dataset.wait) > 0) {
  const until = performance.now() + Number(form.dataset.wait);
  const count = form.querySelector(".count");
  count.hidden = false;
  go.disabled = true;
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    if (left > 0) {
      count.textContent = count.dataset.words.replace("SECONDS", left);
      setTimeout(tick, 200);
      return;
    }
    count.hidden = true;
    go.disabled = false;
    const ready = form.querySelector("[data-ready]");
    ready.textContent = ready.dataset.ready;
  };
  tick();
}
