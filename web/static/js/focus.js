// After a refused form, the summary of errors gets the focus, so that it is the first thing heard.
export function focusSummary() {
  const target = document.querySelector("[data-focus]");
  if (target) target.focus();
}
