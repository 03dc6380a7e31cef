// Helps to type an amount: a comma becomes the decimal dot, spaces go, and "Use all" fills in what is available.

document.addEventListener("input", (event) => {
  const input = event.target.closest("input[data-amount]");
  if (!input) return;
  const place = input.selectionStart;
  const cleaned = input.value.replace(/\s/g, "").replace(",", ".");
  if (cleaned === input.value) return;
  input.value = cleaned;
  input.setSelectionRange(place, place);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  const input = document.getElementById(button.dataset.fill);
  input.value = button.dataset.value;
  input.focus();
  input.dispatchEvent(new Event("input", { bubbles: true }));
});
