// The live feed: one WebSocket per page, no message missed, and the parts of the page that show old facts ask for
// themselves again. A part says what it shows with hx-trigger="live:transaction from:body" or, for one thing,
// hx-trigger="live:txn_… from:body". See docs of the feed: /ws/v1/feed, resume_after.

const FAMILIES = {
  "transaction.updated": ["live:transaction"],
  "balance.updated": ["live:balance"],
  "deposit.seen": ["live:deposit", "live:transaction"],
  "deposit.updated": ["live:deposit", "live:transaction"],
  "deposit.confirmed": ["live:deposit", "live:transaction", "live:balance"],
  "notification": ["live:notification"],
  "export.updated": ["live:export"],
};
const words = document.getElementById("live-words").dataset;
const place = document.body.dataset.liveAfter; // where the feed stood when the server drew this page
let sequence = place === "" ? null : Number(place);
let attempts = 0;
let isInterrupted = false;

function connect() {
  const address = new URL(document.body.dataset.liveFeed, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.addEventListener("open", () => {
    attempts = 0;
    if (sequence !== null) socket.send(JSON.stringify({ resume_after: sequence }));
    if (isInterrupted) {
      isInterrupted = false;
      emit("holdfast:announce", { text: words.online });
      // What happened meanwhile is replayed; without a known place in the feed, everything is asked anew.
      if (sequence === null) ["live:transaction", "live:balance", "live:deposit"].forEach((name) => signal(name, {}));
    }
  });
  socket.addEventListener("message", (event) => receive(JSON.parse(event.data)));
  socket.addEventListener("close", (event) => {
    if (event.code === 4401 || event.code === 4403) return; // signed out: the next page asks to sign in
    if (attempts === 2) {
      isInterrupted = true;
      emit("holdfast:announce", { text: words.offline });
    }
    const wait = Math.min(30000, 500 * 2 ** attempts) * (0.5 + Math.random() / 2);
    attempts += 1;
    setTimeout(connect, wait);
  });
}

function receive(message) {
  if (!message.type || (sequence !== null && message.sequence <= sequence)) return;
  sequence = message.sequence ?? sequence;
  const data = message.data ?? {};
  for (const name of FAMILIES[message.type] ?? []) signal(name, message);
  for (const id of new Set([data.id, data.transaction_id, data.deposit_id, data.wallet_id])) {
    if (id) signal(`live:${id}`, message);
  }
  say(message.type, data);
}

function say(type, data) {
  const fill = (text) => text?.replace(/\{(\w+)\}/g, (_, name) => data[name] ?? "");
  if (type === "deposit.seen") emit("holdfast:toast", { text: fill(words.depositSeen), kind: "info" });
  if (type === "deposit.confirmed") emit("holdfast:toast", { text: fill(words.depositConfirmed), kind: "success" });
  if (type === "transaction.updated" && data.type !== "deposit") {
    const done = data.direction === "in" ? fill(words.depositConfirmed) : words.transactionCompleted;
    if (data.status === "completed") emit("holdfast:toast", { text: done, kind: "success" });
    else if (data.status === "failed") emit("holdfast:toast", { text: words.transactionFailed, kind: "error" });
    else if (data.message) emit("holdfast:announce", { text: data.message });
  }
  if (type === "notification") {
    if (data.unread !== undefined) count(data.unread);
    if (data.text) emit("holdfast:toast", { text: data.text, kind: "info" });
  }
}

/** Show in the bell how many notifications were not read. */
function count(unread) {
  const badge = document.querySelector("[data-unread]");
  badge.textContent = unread > 99 ? "99+" : unread;
  badge.hidden = !unread;
}

// A list that was made longer with "Show more" keeps its length: it is refreshed when it is opened again.
document.addEventListener("htmx:afterSwap", (event) => {
  const rows = event.detail.target;
  if (rows.tagName === "TBODY") rows.dataset.extended = "yes";
});
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  if (part.matches("[data-live-list]") && part.querySelector("[data-extended]")) event.preventDefault();
});

function signal(name, detail) {
  document.body.dispatchEvent(new CustomEvent(name, { detail }));
}

function emit(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

if (document.body.dataset.liveFeed) connect();
