"""Walking collections: all shapes, and an end to every bomb (E12, E25)."""

import pytest

from activitypub.client.walk import walk

HOME = "https://good.example/c"


class Pages:
    """Documents by address, and who asked for what."""

    def __init__(self, **documents) -> None:
        self.documents = {f"{HOME}{'?' + name if name != 'root' else ''}": value for name, value in documents.items()}
        self.asked: list[str] = []

    async def __call__(self, url: str) -> dict:
        self.asked.append(url)
        return {"id": url, **self.documents[url]}


async def items(pages, collection=HOME, **limits) -> list:
    return [item async for item in walk(pages, collection, **limits)]


async def test_items_in_the_collection():
    assert await items(Pages(root={"orderedItems": ["a", {"id": "b"}, 3, None, ""], "first": HOME + "?p"})) == [
        "a",
        {"id": "b"},
    ]
    assert await items(Pages(root={"items": "one"})) == ["one"]
    assert await items(Pages(root={})) == []


async def test_pages_by_address():
    pages = Pages(
        root={"first": HOME + "?1"},
        **{"1": {"items": ["a"], "next": HOME + "?2"}, "2": {"orderedItems": ["b"], "next": HOME + "?3"}, "3": {}},
    )
    assert await items(pages) == ["a", "b"]
    assert pages.asked == [HOME, HOME + "?1", HOME + "?2", HOME + "?3"]


async def test_a_first_page_written_out():
    first = {"id": HOME + "?1", "type": "CollectionPage", "items": ["a"], "next": HOME + "?2"}
    pages = Pages(root={"first": first}, **{"2": {"items": ["b"]}})
    assert await items(pages) == ["a", "b"]
    assert pages.asked == [HOME, HOME + "?2"]
    nameless = Pages(root={"first": {"type": "CollectionPage", "items": ["a"]}})
    assert await items(nameless) == ["a"]


async def test_a_first_page_only_named():
    pages = Pages(root={"first": {"id": HOME + "?1", "type": "CollectionPage"}}, **{"1": {"items": ["a"]}})
    assert await items(pages) == ["a"]


async def test_a_collection_at_hand():
    pages = Pages(**{"2": {"items": ["b"]}})
    at_hand = {"id": HOME, "items": ["a"], "next": HOME + "?2"}
    assert await items(pages, at_hand) == ["a", "b"]
    assert pages.asked == [HOME + "?2"]


async def test_a_collection_without_id_leads_nowhere():
    pages = Pages(**{"2": {"items": ["b"]}})
    assert await items(pages, {"items": ["a"], "next": HOME + "?2"}) == ["a"]
    assert pages.asked == []


@pytest.mark.parametrize(
    "following", ["https://evil.example/c?2", "http://good.example/c?2", HOME, HOME + "?1", 12, [], "x", None]
)
async def test_e12_other_servers_and_loops_end_the_walk(following):  # E12
    pages = Pages(root={"first": HOME + "?1"}, **{"1": {"items": ["a"], "next": following}})
    assert await items(pages) == ["a"]
    assert len(pages.asked) == 2


async def test_a_page_that_says_it_is_elsewhere_ends_the_walk():
    pages = Pages(root={"first": HOME + "?1"}, **{"1": {"id": "https://evil.example/c?1", "items": ["a"]}})
    assert await items(pages) == []
    inside = Pages(root={"first": {"id": "https://evil.example/c?1", "items": ["a"]}})
    assert await items(inside) == []


async def test_e25_endless_pages():  # E25
    async def endless(url: str) -> dict:
        number = int(url.rpartition("?")[2] or 0) if "?" in url else 0
        return {"id": url, "items": [f"i{number}"], "next": f"{HOME}?{number + 1}"}

    assert len(await items(endless)) == 100
    assert len(await items(endless, max_pages=7)) == 7


async def test_e25_endless_items():  # E25
    pages = Pages(root={"totalItems": 10**18, "items": ["a"] * 5000})
    assert len(await items(pages)) == 1000
    assert len(await items(pages, max_items=3)) == 3
