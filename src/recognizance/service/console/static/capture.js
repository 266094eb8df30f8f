// What asking about a photograph gains with a script: drop, paste, the camera, the progress of an
// upload, and a choice among several faces on the picture itself, which stays in the browser.

const form = document.querySelector("form.ask");
const input = document.querySelector("#photograph");
const find = (what) => form?.querySelector(what);
const words = JSON.parse(document.querySelector("#words")?.textContent ?? "{}");
const kinds = ["image/jpeg", "image/png", "image/webp", "image/bmp"];

const said = (kind, title, more, link) => {
  const problem = document.querySelector("#problem");
  const box = document.createElement("div");
  box.className = `said is-${kind}`;
  box.setAttribute("role", "alert");
  for (const [tag, text] of [["strong", title], ["span", more]]) {
    const line = document.createElement("p");
    line.append(Object.assign(document.createElement(tag), { textContent: text }));
    box.append(line);
  }
  if (link) box.lastChild.append(" ", Object.assign(document.createElement("a"), link));
  problem.replaceChildren(box);
  problem.focus();
  return problem;
};

// ---- which photograph ------------------------------------------------------------------------

async function pictured(boxes = []) {
  const shown = find(".shown"), pick = find(".pick"), file = input.files[0];
  pick.hidden = true;
  shown.hidden = true;
  find(".chosen").textContent = [...input.files]
    .map((each) => `${each.name}, ${(each.size / 2 ** 20).toFixed(1)} MB`).join("; ");
  if (!file) return;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    find(".chosen").textContent += `. ${words.unshown}`;
    return;
  }
  const canvas = shown.querySelector("canvas");
  const scale = Math.min(1, 900 / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  shown.hidden = false;
  numbered(pen, boxes.map((box) => box.map((side) => side * scale)));
}

function numbered(pen, boxes) {
  const pick = find(".pick");
  pick.replaceChildren(...boxes.map(([left, top, width, height], index) => {
    const size = Math.max(18, Math.min(40, width / 2));
    pen.lineWidth = Math.max(3, size / 8);
    pen.strokeStyle = "#ffd24a";
    pen.strokeRect(left, top, width, height);
    pen.fillStyle = "#ffd24a";
    pen.fillRect(left, top, size * 1.2, size * 1.3);
    pen.fillStyle = "#17202a";
    pen.font = `600 ${size}px sans-serif`;
    pen.fillText(index + 1, left + size * 0.28, top + size);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = words.face.replace("{number}", index + 1);
    button.addEventListener("click", () => {
      find("#face").value = index + 1;
      for (const each of pick.children) each.setAttribute("aria-pressed", each === button);
      find("button.go").focus();
    });
    return button;
  }));
  pick.hidden = boxes.length === 0;
}

function take(files) {
  const pictures = [...files].filter((file) => kinds.includes(file.type));
  if (!pictures.length) return;
  const carrier = new DataTransfer();
  for (const file of input.multiple ? pictures : pictures.slice(0, 1)) carrier.items.add(file);
  input.files = carrier.files;
  input.dispatchEvent(new Event("change"));
}

// ---- the camera ------------------------------------------------------------------------------

const video = find("video");
const buttons = Object.fromEntries(
  [...(form?.querySelectorAll("[data-does]") ?? [])].map((each) => [each.dataset.does, each]),
);
function off() {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  video.hidden = buttons.take.hidden = buttons.stop.hidden = true;
  buttons.camera.hidden = false;
}
async function on() {
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 } } });
  } catch (error) {
    said("stop", words.no_camera, `${error.message}. ${words.choose}`);
    return;
  }
  await video.play();
  video.hidden = buttons.take.hidden = buttons.stop.hidden = false;
  buttons.camera.hidden = true;
  buttons.take.focus();
}
function shoot() {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.toBlob((blob) => {
    take([new File([blob], "camera.jpg", { type: "image/jpeg" })]);
    off();
  }, "image/jpeg", 0.95);
}

// ---- sending ---------------------------------------------------------------------------------

let sending = null;

function ended(told) {
  find(".sending").hidden = true;
  find("button.go").disabled = false;
  sending = null;
  if (told) said("stop", ...told);
}

function answered(request) {
  const kind = request.getResponseHeader("content-type") ?? "";
  const odd = words.answered.replace("{status}", request.status);
  if (request.status < 400) {
    location.assign(request.responseURL); // the answer's own address: nothing is asked again there
    return;
  }
  ended();
  if (!kind.startsWith("text/html")) {
    const told = kind.includes("json") ? JSON.parse(request.responseText) : {};
    said("stop", told.title ?? odd, told.detail ?? words.again);
    return;
  }
  const fresh = new DOMParser().parseFromString(request.responseText, "text/html");
  const problem = fresh.querySelector("#problem");
  if (!problem) {
    const lines = [...fresh.querySelectorAll("main .said p")].map((each) => each.textContent);
    said("stop", lines[0] ?? odd, lines[1] ?? "");
    return;
  }
  problem.querySelector(".without-script")?.remove();
  document.querySelector("#problem").replaceWith(problem);
  problem.focus();
  const boxes = JSON.parse(problem.dataset.boxes || "[]");
  if (boxes.length) {
    find("details").open = true;
    pictured(boxes).then(() => find(".pick button")?.focus());
  }
}

function send() {
  const body = new FormData(form);
  const size = [...input.files].reduce((sum, file) => sum + file.size, 0);
  if (size > Number(form.dataset.most)) {
    const most = Math.floor(Number(form.dataset.most) / 2 ** 20);
    said("stop", words.large.replace("{most}", most), words.smaller);
    return;
  }
  const bar = find("progress");
  let whole = false;
  sending = new XMLHttpRequest();
  sending.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = (100 * event.loaded) / event.total;
  });
  sending.upload.addEventListener("load", () => {
    whole = true;
    bar.removeAttribute("value"); // it has arrived; how long the answer takes is not known
  });
  const lost = (title) => () => ended(whole
    ? [title, words.arrived, { href: "", textContent: words.look }]
    : [title, words.not_arrived]);
  sending.addEventListener("error", lost(words.lost));
  sending.addEventListener("abort", lost(words.stopped));
  sending.addEventListener("load", () => answered(sending));
  sending.open("POST", form.action);
  sending.setRequestHeader("accept", "text/html");
  bar.value = 0;
  find(".sending").hidden = false;
  find("button.go").disabled = true;
  document.querySelector("#problem").replaceChildren();
  sending.send(body);
}

if (form && input) {
  form.classList.add("with-script");
  input.addEventListener("change", () => pictured());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation(); // the page's own guard against sending twice is for forms that leave it
    if (!sending) send();
  });
  for (const name of ["dragover", "drop"]) {
    document.addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (name === "drop") take(event.dataTransfer.files);
    });
  }
  document.addEventListener("paste", (event) => take(event.clipboardData?.files ?? []));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "p" && !event.target.closest("input, textarea, select")) input.click();
  });
  buttons.cancel.addEventListener("click", () => sending?.abort());
  if (navigator.mediaDevices?.getUserMedia) {
    find(".camera").hidden = false;
    buttons.camera.addEventListener("click", on);
    buttons.take.addEventListener("click", shoot);
    buttons.stop.addEventListener("click", off);
    window.addEventListener("pagehide", off);
  }
  if (input.files.length) pictured();
}
