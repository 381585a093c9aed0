// "Quote" (a[data-quote]) takes what is selected in its post, and adds it to the reply that is being written. Without a
// selection, or without a reply on the page, the link does what it says.
export function watchQuotes() {
  const area = document.querySelector("#reply textarea");
  if (!area) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-quote]");
    const words = link && selectedIn(link.closest("article"));
    if (!words) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    add(area, words);
  });
}

function selectedIn(article) {
  const selection = document.getSelection();
  if (!article || !selection.rangeCount || selection.isCollapsed) return "";
  const range = selection.getRangeAt(0);
  const prose = [...article.querySelectorAll(".prose")].find((one) => one.contains(range.commonAncestorContainer));
  return prose ? selection.toString().trim() : "";
}

function add(area, words) {
  const quoted = words.split("\n").map((line) => `> ${line}`.trimEnd()).join("\n");
  area.value = `${area.value.trimEnd()}${area.value.trim() ? "\n\n" : ""}${quoted}\n\n`;
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}
