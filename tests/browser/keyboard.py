"""A person who has a keyboard and nothing else, at pages in English: Tab, Shift+Tab, Enter, Space, arrows. Every stop on the way must be seen."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

STOPS = 90  # no page of ours has more before what one looks for; a trap has


async def reach(page: Page, name: str, *, back: bool = False, stops: int = STOPS) -> None:
    """Tab until what has the focus is named `name` ("Add…" begins so); fail at a stop that nobody sees, and when it never comes."""
    passed: list[str] = []
    for _ in range(stops):
        await page.keyboard.press("Shift+Tab" if back else "Tab")
        stop = await focused(page)
        if stop["tag"] == "BODY":
            continue
        assert stop["ring"] >= 2, f"no ring on {stop} at {page.url}"
        assert stop["seen"], f"covered or out of sight: {stop} at {page.url}"
        if stop["label"] == name or (name.endswith("…") and stop["label"].startswith(name[:-1])):
            return
        passed.append(stop["label"] or f"<{stop['tag']}>")
    raise AssertionError(f"the keyboard never reaches {name!r} at {page.url}; it passes {passed}")


async def press(page: Page, name: str, key: str = "Enter", *, back: bool = False) -> None:
    """Reach something and press a key on it."""
    await reach(page, name, back=back)
    await page.keyboard.press(key)


async def follow(page: Page, name: str, *, back: bool = False) -> None:
    """Reach a link or a button that leads to another page, press Enter, wait until the page is there, skip its frame."""
    await reach(page, name, back=back)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    await skip(page)


async def skip(page: Page) -> None:
    """Go to the content by the first link of the page, unless the page has put the focus somewhere by itself."""
    if (await focused(page))["tag"] == "BODY":
        await press(page, "Skip to content")


async def write(page: Page, name: str, text: str) -> None:
    """Reach a field and type."""
    await reach(page, name)
    await page.keyboard.insert_text(text)


async def focused(page: Page) -> dict[str, Any]:
    """Say what has the focus, what it is called, how thick its ring is and whether nothing lies over it."""
    found: dict[str, Any] = await page.evaluate(
        """() => {
          const one = document.activeElement, box = one.getBoundingClientRect();
          const holder = one.closest(".card")?.matches(":has(:focus-visible)") ? one.closest(".card") : one;
          const seen = [[0.5, 0.5], [0.05, 0.5], [0.5, 0.1], [0.5, 0.9]].some(([x, y]) => {
            const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
            return top && (one.contains(top) || top.contains(one) || holder.contains(top));
          });
          const heard = (part) => part.nodeType === Node.TEXT_NODE ? part.data
            : part.nodeType !== Node.ELEMENT_NODE || part.tagName === "SELECT" || part.ariaHidden === "true" || getComputedStyle(part).display === "none" ? ""
            : [...part.childNodes].map(heard).join(" ");
          const labels = one.ariaLabelledByElements?.length ? one.ariaLabelledByElements : one.labels?.length ? [...one.labels] : [one];
          const label = one.ariaLabel || labels.map(heard).join(" ");
          return { tag: one.tagName, id: one.id, text: one.textContent.trim().slice(0, 60), name: one.name || "",
                   label: label.replace(/\\s+/g, " ").trim(), seen,
                   ring: parseFloat(getComputedStyle(holder).outlineWidth) * (getComputedStyle(holder).outlineStyle !== "none") };
        }"""
    )
    return found
