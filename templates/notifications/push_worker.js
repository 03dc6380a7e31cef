{% load static %}// Shows what is pushed, while no page of this site is open. The server encrypted it for this browser alone.

self.addEventListener("push", (event) => {
  if (!event.data) return;
  const said = event.data.json();
  // The same id again replaces what is shown: nothing is told twice.
  const look = { body: said.text, tag: said.id, icon: "{% static 'brand/mark.svg' %}", data: { path: said.path } };
  event.waitUntil(self.registration.showNotification(said.title, look));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const address = new URL(event.notification.data.path, self.location.origin);
  if (address.origin === self.location.origin) event.waitUntil(self.clients.openWindow(address.href));
});
