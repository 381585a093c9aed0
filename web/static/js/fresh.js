// While a thread is read (section data-fresh="address?since=…"), asks now and then what came, and says so. Shows nothing by
// itself: what one reads does not move.
const PAUSE = 30_000;
const LONGEST = 600_000;

export function watchThread() {
  const section = document.querySelector("[data-fresh]");
  const region = section?.querySelector("[data-fresh-region]");
  if (!region) return;
  let pause = PAUSE;
  let told = 0;
  const look = async () => {
    if (document.visibilityState === "visible") {
      const found = await ask(section.dataset.fresh);
      pause = found ? PAUSE : Math.min(pause * 2, LONGEST);
      if (found && found.count > told) {
        told = found.count;
        say(region, found.said);
      }
    }
    setTimeout(look, pause);
  };
  setTimeout(look, PAUSE);
}

async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function say(region, words) {
  const link = document.createElement("a");
  link.href = "#new";
  link.textContent = region.dataset.show;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    history.replaceState(null, "", "#new");
    location.reload();
  });
  region.replaceChildren(`${words} – `, link);
  region.hidden = false;
}
