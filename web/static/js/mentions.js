// After "@" in a text (textarea data-mentions="address"), suggests whom one can name there, in a list below the field:
// arrows choose, Enter or Tab takes, Escape closes. A name can always be typed to its end.
const DELAY = 200;
const BEGUN = /(?:^|\s)@([\p{L}\p{N}_.@-]{1,60})$/u;

export function watchMentions() {
  for (const area of document.querySelectorAll("textarea[data-mentions]")) new Suggestions(area);
}

class Suggestions {
  constructor(area) {
    this.area = area;
    this.chosen = -1;
    this.asked = "";
    this.list = document.createElement("ul");
    this.list.id = `${area.id}-names`;
    this.list.className = "suggestions";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", area.dataset.mentionsLabel);
    this.list.hidden = true;
    this.status = document.createElement("p");
    this.status.className = "for-ears";
    this.status.setAttribute("role", "status");
    area.after(this.list, this.status);
    area.setAttribute("aria-autocomplete", "list");
    area.setAttribute("aria-controls", this.list.id);
    area.addEventListener("input", () => this.wait());
    area.addEventListener("keydown", (event) => this.press(event));
    area.addEventListener("blur", () => setTimeout(() => this.close(), DELAY));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
  }

  wait() {
    clearTimeout(this.timer);
    const begun = this.area.value.slice(0, this.area.selectionStart).match(BEGUN);
    this.asked = begun ? begun[1] : "";
    if (begun) this.timer = setTimeout(() => this.ask(begun[1]), DELAY);
    else this.close();
  }

  async ask(words) {
    let found;
    try {
      const answer = await fetch(`${this.area.dataset.mentions}?q=${encodeURIComponent(words)}`);
      found = answer.ok ? await answer.json() : null;
    } catch {
      found = null;
    }
    if (found && words === this.asked) this.show(found);
  }

  show({ people, said }) {
    this.list.replaceChildren(...people.map((person, place) => this.option(person, place)));
    this.list.hidden = people.length === 0;
    this.status.textContent = said;
    this.choose(people.length ? 0 : -1);
  }

  option({ handle, name, about }, place) {
    const option = document.createElement("li");
    option.id = `${this.list.id}-${place}`;
    option.setAttribute("role", "option");
    option.dataset.handle = handle;
    const strong = document.createElement("b");
    strong.textContent = name;
    const rest = document.createElement("span");
    rest.className = "meta";
    rest.textContent = about ? `${handle} · ${about}` : handle;
    option.append(strong, " ", rest);
    return option;
  }

  choose(place) {
    const options = [...this.list.children];
    this.chosen = options.length ? (place + options.length) % options.length : -1;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === this.chosen)));
    if (this.chosen < 0) this.area.removeAttribute("aria-activedescendant");
    else this.area.setAttribute("aria-activedescendant", options[this.chosen].id);
  }

  press(event) {
    if (this.list.hidden) return;
    const moves = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in moves) this.choose(this.chosen + moves[event.key]);
    else if (event.key === "Escape") this.close();
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey) this.take(this.list.children[this.chosen]);
    else return;
    event.preventDefault();
  }

  take(option) {
    const caret = this.area.selectionStart;
    const before = this.area.value.slice(0, caret).replace(/@[^\s@]*(?:@[^\s@]*)?$/u, `${option.dataset.handle} `);
    this.area.value = before + this.area.value.slice(caret);
    this.area.setSelectionRange(before.length, before.length);
    this.area.focus();
    this.close();
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  close() {
    clearTimeout(this.timer);
    this.asked = "";
    this.list.hidden = true;
    this.list.replaceChildren();
    this.status.textContent = "";
    this.choose(-1);
  }
}
