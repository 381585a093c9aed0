"""What a resource can be and under which licence, with the words for both. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fedcop.core.i18n import N_

KINDS: Mapping[str, str] = {
    "sheet": N_("Fact sheet"),
    "guide": N_("Guide"),
    "case": N_("Case study"),
    "video": N_("Video"),
    "slides": N_("Slides"),
    "photos": N_("Photos"),
    "dataset": N_("Dataset"),
    "offer": N_("Offer"),
    "link": N_("Link"),
}

ROLES: Mapping[str, str] = {
    "author": N_("author"),
    "text": N_("text"),
    "photo": N_("photo"),
    "translation": N_("translation"),
    "funding": N_("funding"),
}


@dataclass(frozen=True)
class Licence:
    """A licence: its short name as people write it, what it lets one do in words, and where it stands in full."""

    name: str
    words: str
    url: str = ""


LICENCES: Mapping[str, Licence] = {
    "CC-BY-4.0": Licence("CC BY 4.0", N_("You may reuse it if you credit the author."), "https://creativecommons.org/licenses/by/4.0/"),
    "CC-BY-SA-4.0": Licence("CC BY-SA 4.0", N_("You may reuse it if you credit the author and share under the same licence."), "https://creativecommons.org/licenses/by-sa/4.0/"),
    "CC-BY-NC-4.0": Licence("CC BY-NC 4.0", N_("You may reuse it, but not commercially, if you credit the author."), "https://creativecommons.org/licenses/by-nc/4.0/"),
    "CC-BY-NC-SA-4.0": Licence("CC BY-NC-SA 4.0", N_("You may reuse it, but not commercially, if you credit the author and share under the same licence."), "https://creativecommons.org/licenses/by-nc-sa/4.0/"),
    "CC-BY-ND-4.0": Licence("CC BY-ND 4.0", N_("You may pass it on unchanged if you credit the author."), "https://creativecommons.org/licenses/by-nd/4.0/"),
    "CC0-1.0": Licence("CC0", N_("You may do with it what you like."), "https://creativecommons.org/publicdomain/zero/1.0/"),
    "all-rights-reserved": Licence("©", N_("All rights reserved: ask the author before reusing it.")),
}  # fmt: skip
UNSTATED = Licence("", N_("No licence is stated: ask the author before reusing it."))


def licence_of(code: str) -> Licence:
    """Give the licence of a code; one that we do not know is shown as it was written."""
    return LICENCES.get(code) or (Licence(code, UNSTATED.words) if code else UNSTATED)


def guess_kind(media_types: Sequence[str], link: str) -> str:
    """Guess what somebody deposits; they can choose another kind."""
    if not media_types:
        return "video" if any(host in link for host in ("peertube", "youtube.", "vimeo.")) else "link"
    if all(each.startswith("image/") for each in media_types):
        return "photos"
    if any(each.startswith("video/") for each in media_types):
        return "video"
    if any("presentation" in each or "powerpoint" in each for each in media_types):
        return "slides"
    if any("csv" in each or "spreadsheet" in each or "excel" in each or "json" in each for each in media_types):
        return "dataset"
    return "sheet"
