// Keys for those who asked for them in their settings (body data-shortcuts); /help lists them. None acts while one types.
const PLACES = { a: "/", c: "/communities", r: "/resources", n: "/notifications" };
const PAUSE = 1500;

export function watchKeys() {
  if (!document.body.hasAttribute("data-shortcuts")) return;
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    if (Date.now() - going < PAUSE && event.key in PLACES) location.assign(PLACES[event.key]);
    else if (event.key === "g") going = Date.now();
    else if (!press(event.key)) return;
    event.preventDefault();
  });
}

// Gives whether the key means something on this page.
function press(key) {
  if (key === "?") location.assign("/help#shortcuts");
  else if (key === "/") return focus(document.querySelector("#search"));
  else if (key === "n") return follow(document.querySelector('main a[href$="/new"]'));
  else if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
  else if (key === "r") return follow(document.activeElement?.closest("article")?.querySelector('a[href*="#reply"]')) || focus(document.querySelector("#reply textarea"));
  else return false;
  return true;
}

function focus(field) {
  field?.focus();
  return Boolean(field);
}

function follow(link) {
  link?.click();
  return Boolean(link);
}

function step(by) {
  const items = [...document.querySelectorAll("main article")];
  const here = items.indexOf(document.activeElement?.closest("article"));
  const next = items[here < 0 ? (by > 0 ? 0 : items.length - 1) : here + by];
  if (!next) return items.length > 0;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "start" });
  return true;
}
