// How far a job is, as the server sends it; when it is over, the page that says what came of it.

const box = document.querySelector("[data-job]");
const bar = box?.querySelector("progress");
const words = box?.querySelector("#words");
const left = box?.querySelector("#left");

function show(job) {
  if (!["queued", "running"].includes(job.state)) { location.reload(); return; }
  bar.value = job.done;
  words.textContent = words.dataset[job.state];
  const seconds = job.time_left_s;
  const unit = seconds > 90 ? "minutes" : "seconds";
  const number = seconds > 90 ? Math.round(seconds / 60) : Math.ceil(seconds);
  left.textContent = seconds === null ? "" : words.dataset[unit].replace("#", number);
}

function listen() {
  const stream = new EventSource(box.dataset.job);
  stream.addEventListener("job", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    words.textContent = words.dataset.lost;
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  });
  window.addEventListener("pagehide", () => stream.close(), { once: true });
}

if (box) listen();
