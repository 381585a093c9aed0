"""Words that a member does not want to meet, or not unprepared: their filters, the same as those of their apps."""

from __future__ import annotations

from datetime import datetime, timedelta

from aiohttp.web import Request, StreamResponse

from fedcop.core import clock
from fedcop.core.errors import Invalid
from fedcop.core.i18n import _
from fedcop.core.ids import read_id
from fedcop.filters import service, words
from fedcop.filters.service import WordGiven
from fedcop.filters.words import ACTIONS, CONTEXTS, Filter
from web.keys import member
from web.shared.flash import flash, see_other
from web.shared.forms import FormData, Problems, filled, read_form
from web.shared.moments import read_date
from web.shared.routing import MEMBER, page
from web.shared.templating import render

HERE = "/settings/filters"


@page("GET", HERE, access=MEMBER)
async def overview(request: Request) -> StreamResponse:
    """List one's filters."""
    return await render(
        request,
        "account/filters.html",
        filters=words.read(member(request).account),
        actions={key: _(text) for key, text in ACTIONS.items()},
        contexts={key: _(text) for key, text in CONTEXTS.items()},
        now=clock.now(),
    )


@page("GET", f"{HERE}/new", access=MEMBER)
async def new(request: Request) -> StreamResponse:
    """Show the form of a new filter."""
    return await _form(request, None, filled(action="warn", context=list(CONTEXTS), whole_word="1"), Problems())


async def _form(request: Request, found: Filter | None, form: FormData, problems: Problems) -> StreamResponse:
    return await render(
        request,
        "account/filter.html",
        status=422 if problems else 200,
        found=found,
        form=form,
        problems=problems,
        actions=[(key, _(text)) for key, text in ACTIONS.items()],
        contexts=[(key, _(text)) for key, text in CONTEXTS.items()],
    )


@page("POST", f"{HERE}/new", access=MEMBER)
async def make(request: Request) -> StreamResponse:
    """Make a filter."""
    return await _keep(request, None)


def _asked_for(request: Request) -> Filter:
    return service.one(member(request).account, read_id(request.match_info["id"]) or 0)


@page("GET", HERE + "/{id}", access=MEMBER)
async def change_page(request: Request) -> StreamResponse:
    """Show the form of a filter as it is."""
    found = _asked_for(request)
    # It ends with a day: at the first moment of the next one.
    until = (found.expires_at - timedelta(seconds=1)).date().isoformat() if found.expires_at else ""
    form = filled(
        title=found.title,
        keywords="\n".join(word.keyword for word in found.keywords),
        whole_word="1" if _are_whole(found) else "",
        context=list(found.contexts),
        action=found.action,
        until=until,
    )
    return await _form(request, found, form, Problems())


def _are_whole(found: Filter | None) -> bool:
    return found is None or all(word.whole_word for word in found.keywords)


@page("POST", HERE + "/{id}", access=MEMBER)
async def change(request: Request) -> StreamResponse:
    """Keep a filter."""
    return await _keep(request, _asked_for(request))


async def _keep(request: Request, found: Filter | None) -> StreamResponse:
    form, problems = await read_form(request), Problems()
    until = read_date(form.text("until"), problems)
    given = _words(form, found)
    title = form.text("title") or next((word.keyword for word in given if not word.drop), "")
    if not problems:
        try:
            if all(word.drop for word in given) and (found is None or not found.posts):
                raise Invalid(service.NO_WORD, errors={"keywords": service.NO_WORD})
            await _store(request, found, form, title, until, given)
        except Invalid as error:
            problems.take(error)
    if problems:
        return await _form(request, found, form, problems)
    flash(request, _("The filter is saved."))
    return see_other(HERE)


async def _store(
    request: Request, found: Filter | None, form: FormData, title: str, until: datetime | None, given: list[WordGiven]
) -> None:
    account, contexts, action = member(request).account, form.texts("context"), form.text("action")
    if found is None:
        await service.make(account, title=title, contexts=contexts, action=action, expires_at=until, given=given)
        return
    same_day = found.expires_at is not None and until is not None and found.expires_at <= until < found.expires_at + timedelta(days=1)  # fmt: skip
    await service.change(
        account,
        found.id,
        title=title,
        contexts=contexts,
        action=action,
        expiring=None if same_day else (until,),
        given=given,
    )


def _words(form: FormData, found: Filter | None) -> list[WordGiven]:
    """Read one word a line; those that are there already keep what apps said of them, unless the box was changed."""
    typed = dict.fromkeys(line.strip() for line in form.raw("keywords").splitlines() if line.strip())
    whole = form.flag("whole_word")
    known = {word.keyword: word for word in (found.keywords if found else ())}
    chosen = None if found is not None and whole == _are_whole(found) else whole
    given = [
        WordGiven(word.keyword, id=word.id, drop=True)
        for word in (found.keywords if found else ())
        if word.keyword not in typed
    ]
    for line in typed:
        word = known.get(line)
        given.append(WordGiven(line, chosen, word.id) if word is not None else WordGiven(line, whole))
    return given


@page("POST", HERE + "/{id}/delete", access=MEMBER)
async def delete(request: Request) -> StreamResponse:
    """Delete a filter."""
    found = _asked_for(request)
    await read_form(request)
    await service.delete(member(request).account, found.id)
    flash(request, _("The filter is deleted."))
    return see_other(HERE)
