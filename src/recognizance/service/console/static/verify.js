// Checks a receipt in the browser: RFC 6962 hashes and an Ed25519 signature, by WebCrypto.
// The formats are C2SP's tlog-proof, tlog-checkpoint and signed-note.

const words = JSON.parse(document.querySelector("#words").textContent);
const utf8 = new TextEncoder();
const fromBase64 = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const joined = (...parts) => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
};
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const nodeHash = (left, right) => sha256(joined(Uint8Array.of(1), left, right));
const same = (one, other) => one.length === other.length && one.every((byte, i) => byte === other[i]);

/** Whether a path leads from a leaf to the root (RFC 9162, 2.1.3.2). */
export async function inclusionHolds(leaf, index, size, path, root) {
  if (!(index >= 0 && index < size)) return false;
  let node = index, last = size - 1, found = leaf;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      found = await nodeHash(sibling, found);
      while (node % 2 === 0 && node > 0) { node = Math.floor(node / 2); last = Math.floor(last / 2); }
    } else {
      found = await nodeHash(found, sibling);
    }
    node = Math.floor(node / 2); last = Math.floor(last / 2);
  }
  return last === 0 && same(found, root);
}

async function openNote(note, name, key) {
  const cut = note.lastIndexOf("\n\n");
  if (cut < 0) throw new Error(words.no_note);
  const text = note.slice(0, cut + 1);
  const id = (await sha256(joined(utf8.encode(`${name}\n`), Uint8Array.of(1), key))).slice(0, 4);
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  for (const line of note.slice(cut + 2).split("\n")) {
    if (!line.startsWith(`— ${name} `)) continue;
    const signature = fromBase64(line.slice(name.length + 3));
    if (!same(signature.slice(0, 4), id)) continue;
    if (await crypto.subtle.verify("Ed25519", imported, signature.slice(4), utf8.encode(text))) return text;
    throw new Error(words.wrong);
  }
  throw new Error(words.unsigned);
}

/** What a receipt proves of an entry: its index and the size of the log; throws what is wrong. */
export async function checkReceipt(receipt, vkey, leaf) {
  const [name, , encoded] = vkey.trim().split(/\+(.*?)\+(.*)/s);
  const key = fromBase64(encoded);
  if (key[0] !== 1 || key.length !== 33) throw new Error(words.no_key);
  const cut = receipt.indexOf("\n\n");
  const [header, indexLine, ...path] = receipt.slice(0, cut).split("\n");
  if (header !== "c2sp.org/tlog-proof@v1") throw new Error(words.no_receipt);
  const index = Number(indexLine.replace(/^index /, ""));
  const text = await openNote(receipt.slice(cut + 2), name, key.slice(1));
  const [origin, size, root] = text.split("\n");
  if (origin !== name) throw new Error(words.other_log);
  const hash = await sha256(joined(Uint8Array.of(0), utf8.encode(leaf)));
  if (!(await inclusionHolds(hash, index, Number(size), path.map(fromBase64), fromBase64(root)))) {
    throw new Error(words.not_in);
  }
  return { index, size: Number(size), origin };
}

function say(verdict, kind, text) {
  verdict.className = `verdict said is-${kind}`;
  verdict.textContent = text;
}

async function tell(verdict, receipt, vkey, leaf) {
  try {
    const found = await checkReceipt(receipt, vkey, leaf);
    say(verdict, "good", words.good.replace(/\{(\w+)\}/g, (_, name) => found[name]));
  } catch (error) {
    say(verdict, "stop", words.stop.replace("{why}", error.message));
  }
}

for (const box of document.querySelectorAll(".check")) {
  const verdict = box.querySelector(".verdict");
  if (box.dataset.checks === "form") {
    box.querySelector("button").disabled = false; // without this script nothing could be checked
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      const value = (id) => box.querySelector(`#${id}`).value.replaceAll("\r\n", "\n");
      const receipt = value("receipt").trimEnd() + "\n";
      tell(verdict, receipt, value("vkey"), value("leaf").trim());
    });
  } else {
    const text = (name) => box.querySelector(`.${name}`).textContent;
    tell(verdict, text("receipt"), box.dataset.vkey, text("leaf"));
  }
}
