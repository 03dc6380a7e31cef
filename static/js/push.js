// Turns the notifications of this browser on. The key, the words and the place to tell are on the element itself.

const box = document.querySelector("[data-push-key]");
const button = box?.querySelector("[data-push-on]");
const state = box?.querySelector("[data-push-state]");

function say(name) {
  state.textContent = box.dataset[name];
}

function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** Let the server know of a subscription; it says whether it took it. */
async function tell(subscription) {
  const answer = await fetch(box.dataset.pushTo, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value,
    },
    body: JSON.stringify(subscription),
  });
  return answer.ok;
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return say("wordsDenied");
  const registration = await navigator.serviceWorker.register(box.dataset.pushWorker);
  await navigator.serviceWorker.ready;
  const applicationServerKey = bytes(box.dataset.pushKey);
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  if (!(await tell(subscription))) return say("wordsFailed");
  location.reload(); // the list of browsers, and the words, come from the server
}

async function look() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  const subscription = await registration?.pushManager.getSubscription();
  // A browser that is subscribed goes on under the session it is signed in with now.
  if (subscription && Notification.permission === "granted" && (await tell(subscription))) {
    say("wordsOn");
  } else {
    say("wordsOff");
    button.hidden = false;
  }
}

if (box) {
  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) {
    button.addEventListener("click", () => {
      button.disabled = true;
      turnOn().catch(() => say("wordsFailed")).finally(() => { button.disabled = false; });
    });
    look().catch(() => say("wordsFailed"));
  } else {
    say("wordsNone");
  }
}
