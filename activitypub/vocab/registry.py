"""Which class reads which type on the wire."""

from __future__ import annotations

from activitypub.vocab import activities, actors, collections, event, objects, tags
from activitypub.vocab.base import Activity, Collection, Object, Thing

_CLASSES: tuple[type[Thing], ...] = (
    activities.Accept, activities.Add, activities.Announce, activities.Block, activities.ChooseAnswer, activities.Create, activities.Delete,
    activities.Dislike, activities.EmojiReact, activities.Flag, activities.Follow, activities.Ignore, activities.Invite,
    activities.Join, activities.Leave, activities.Like, activities.Lock, activities.Move, activities.Offer,
    activities.PollVote, activities.QuoteRequest, activities.Reject, activities.Remove, activities.Resolve, activities.TentativeAccept, activities.Undo,
    activities.Update, activities.View, activities.Warn,
    actors.Application, actors.Group, actors.Multikey, actors.Organization, actors.Person, actors.Service,
    Collection, collections.CollectionPage, collections.OrderedCollection, collections.OrderedCollectionPage,
    event.Event,
    objects.Article, objects.Audio, objects.Document, objects.Image, objects.Link, objects.Note, objects.Page,
    objects.Place, objects.PostalAddress, objects.Question, objects.QuoteAuthorization, objects.Tombstone, objects.Video,
    tags.CommunityPostTag, tags.Emoji, tags.Hashtag, tags.Mention, tags.PropertyValue,
)  # fmt: skip

#: The class for each known type.
TYPES: dict[str, type[Thing]] = {kind.TYPE: kind for kind in _CLASSES} | {"Object": Object, "Activity": Activity}
