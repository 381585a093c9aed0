// "Show" in a field for a password (button[data-reveal]): without scripts there is no button. Hidden again before the form is sent, so that
// the browser takes it for what it is.
export function revealPasswords() {
  for (const button of document.querySelectorAll("button[data-reveal]")) {
    const field = document.getElementById(button.dataset.reveal);
    button.hidden = false;
    button.addEventListener("click", () => turn(button, field, field.type === "password"));
    field.form.addEventListener("submit", () => turn(button, field, false));
  }
}

function turn(button, field, shown) {
  const [show, hide] = button.children;
  field.type = shown ? "text" : "password";
  show.hidden = shown;
  hide.hidden = !shown;
}
