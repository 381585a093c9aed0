"""Which content types are ActivityPub, when reading and when writing; nothing else about HTTP."""

import re
from collections.abc import Mapping

ACTIVITY_JSON = "application/activity+json"
LD_JSON = "application/ld+json"
AS_PROFILE = "https://www.w3.org/ns/activitystreams"
LD_JSON_AS = f'{LD_JSON}; profile="{AS_PROFILE}"'
ACCEPT_ACTIVITY = f"{ACTIVITY_JSON}, {LD_JSON_AS}"
JRD_JSON = "application/jrd+json"
NODEINFO_JSON = 'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/{version}#"'
XRD_XML = "application/xrd+xml"

_PARAMETER = re.compile(r"""\s*;\s*(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:"([^"\\]*)"|([^\s;,"]+)))?""")
_TYPE = re.compile(r"\s*([!#$&^_.+0-9A-Za-z*-]+/[!#$&^_.+0-9A-Za-z*-]+)")


def split_type(value: str | None) -> tuple[str, dict[str, str]]:
    """Take a Content-Type apart; what is malformed comes back as the empty type."""
    if not value or len(value) > 1024 or not (found := _TYPE.match(value)):
        return "", {}
    position = found.end()
    parameters: dict[str, str] = {}
    while position < len(value.rstrip()):
        parameter = _PARAMETER.match(value, position)
        if not parameter or parameter.end() == position:
            return "", {}
        position = parameter.end()
        if parameter[1]:
            name = parameter[1].lower()
            if name in parameters:
                return "", {}
            parameters[name] = parameter[2] if parameter[2] is not None else parameter[3]
    return found[1].lower(), parameters


def is_activity(content_type: str | None) -> bool:
    """Tell whether a fetched document may be read as ActivityPub; plain JSON, HTML and media never are."""
    kind, parameters = split_type(content_type)
    if parameters.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        return False
    return kind == ACTIVITY_JSON or (kind == LD_JSON and AS_PROFILE in parameters.get("profile", "").split())


def is_deliverable(content_type: str | None) -> bool:
    """Tell whether an inbox takes this content type; a sender may leave the profile out, since it signs the body."""
    kind, parameters = split_type(content_type)
    return kind in (ACTIVITY_JSON, LD_JSON) and parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8")


def is_json(content_type: str | None) -> bool:
    """Tell whether WebFinger or NodeInfo may have this content type."""
    kind, _ = split_type(content_type)
    return kind in ("application/json", JRD_JSON, ACTIVITY_JSON, LD_JSON)


def prefers_activity(accept: str | None) -> bool:
    """Tell whether an Accept header asks for ActivityPub before HTML."""
    best_activity = best_page = 0.0
    for part in (accept or "")[:2048].split(","):
        kind, parameters = split_type(part)
        weight = _weight(parameters)
        if kind == ACTIVITY_JSON or (kind == LD_JSON and _asks_for_activity(parameters)):
            best_activity = max(best_activity, weight)
        elif kind in ("text/html", "application/xhtml+xml"):
            best_page = max(best_page, weight)
    return best_activity > 0 and best_activity >= best_page


def _asks_for_activity(parameters: Mapping[str, str]) -> bool:
    return "profile" not in parameters or AS_PROFILE in parameters["profile"].split()


def _weight(parameters: Mapping[str, str]) -> float:
    try:
        return min(1.0, max(0.0, float(parameters.get("q", "1"))))
    except ValueError:
        return 0.0
