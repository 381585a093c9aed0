// A button with data-confirm asks once more before it sends its form. Its words come from the page's <template id="confirm">.
export function watchConfirmations() {
  const template = document.getElementById("confirm");
  if (!template || typeof HTMLDialogElement === "undefined") return;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-confirm]");
    if (!button || button.dataset.confirmed) return;
    event.preventDefault();
    ask(template, button);
  });
}

function ask(template, button) {
  const dialog = template.content.firstElementChild.cloneNode(true);
  dialog.querySelector("[data-question]").textContent = button.dataset.confirm;
  const yes = dialog.querySelector("[data-yes]");
  yes.textContent = button.textContent.trim();
  if (button.classList.contains("danger")) yes.classList.replace("main", "danger");
  dialog.addEventListener("close", () => {
    const agreed = dialog.returnValue === "yes";
    dialog.remove();
    button.focus();
    if (!agreed) return;
    button.dataset.confirmed = "yes";
    button.form.requestSubmit(button);
    delete button.dataset.confirmed;
  });
  document.body.append(dialog);
  dialog.showModal();
}
