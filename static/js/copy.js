// Buttons with data-copy put that text on the clipboard and say so.

const words = document.getElementById("words").dataset;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const say = (text, kind) =>
    document.dispatchEvent(new CustomEvent("holdfast:toast", { detail: { text, kind } }));
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.classList.add("is-copied");
    setTimeout(() => button.classList.remove("is-copied"), 2000);
    say(words.copied, "success");
  } catch {
    say(words.notCopied, "warning");
  }
});
