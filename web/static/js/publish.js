// Ctrl+Enter (Cmd+Enter) in a text sends its form, as if its main button were pressed.
export function watchPublishing() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("form textarea")) return;
    const { form } = event.target;
    const main = form.querySelector("button.main[type=submit]");
    if (!main) return;
    event.preventDefault();
    form.requestSubmit(main);
  });
}
