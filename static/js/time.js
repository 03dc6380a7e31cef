// Keeps "3 minutes ago" true, and shows exact times on the reader's own clock.

const language = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en-GB" === language || "en" === language ? "en-GB" : language, {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60]];

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return null;
}

function refresh(root) {
  root.querySelectorAll("time[data-ago], time[data-exact]").forEach((node) => {
    const at = Date.parse(node.dateTime);
    const text = "ago" in node.dataset ? ago(at) : exact.format(at);
    if (text && node.textContent !== text) node.textContent = text;
    node.title = `${exact.format(at)} (${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
  });
}

refresh(document);
document.addEventListener("htmx:afterSettle", (event) => refresh(event.detail.elt.parentElement ?? document));
setInterval(() => refresh(document), 30000);
