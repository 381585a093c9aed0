"""What the answers of the client API look like, by the names of Mastodon's entities: for programs that read /api/openapi.json, and for tests.

`"id:id url title:text? fields:[Field] poll:Poll? text~"`: a bare name is a text, `?` may be null, `~` may be absent, `Status +` has all of that one too.
"""

from __future__ import annotations

import re
from typing import Any

SAID = {
    "Empty": "",
    "Error": "error error_description~ details:Anything~",
    "Count": "count:number",
    # Applications
    "Application": "id:id name website:text? scopes:[text] redirect_uri redirect_uris:[text] vapid_key",
    "RegisteredApplication": "Application + client_id client_secret client_secret_expires_at:number",
    "Token": "access_token token_type scope created_at:number",
    "UserInfo": "iss sub name preferred_username profile picture",
    "AuthorizationServer": (
        "issuer authorization_endpoint token_endpoint revocation_endpoint userinfo_endpoint app_registration_endpoint scopes_supported:[text]"
        " response_types_supported:[text] response_modes_supported:[text] grant_types_supported:[text]"
        " token_endpoint_auth_methods_supported:[text] code_challenge_methods_supported:[text] service_documentation"
    ),
    # People and communities
    "Field": "name value verified_at:time?",
    "Role": "id:id name permissions color highlighted:flag",
    "Account": (
        "id:id username acct display_name locked:flag bot:flag group:flag discoverable:flag indexable:flag noindex:flag created_at:time note url"
        " uri avatar avatar_static header header_static followers_count:number following_count:number statuses_count:number last_status_at:day?"
        " hide_collections:flag emojis:[] roles:[Role] fields:[Field] limited:flag~"
    ),
    "Source": (
        "privacy sensitive:flag language note fields:[Field] follow_requests_count:number hide_collections:flag discoverable:flag"
        " indexable:flag attribution_domains:[text] quote_policy"
    ),
    "MutedAccount": "Account + mute_expires_at:time?",
    "OwnAccount": "Account + source:Source role:Role",
    "Profile": (
        "id:id display_name note fields:[Field] avatar:text? avatar_static:text? avatar_description header:text? header_static:text?"
        " header_description locked:flag bot:flag hide_collections:flag discoverable:flag indexable:flag show_media:flag"
        " show_media_replies:flag show_featured:flag attribution_domains:[text] featured_tags:[FeaturedTag]"
    ),
    "Relationship": (
        "id:id following:flag showing_reblogs:flag notifying:flag languages:[text]? followed_by:flag blocking:flag blocked_by:flag muting:flag"
        " muting_notifications:flag muting_expires_at:time? requested:flag requested_by:flag domain_blocking:flag endorsed:flag note"
    ),
    "AnnualReports": "annual_reports:[] accounts:[] statuses:[]",
    "FamiliarFollowers": "id:id accounts:[Account]",
    "Suggestion": "source sources:[text] account:Account",
    "List": "id:id title replies_policy exclusive:flag",
    # Posts
    "MediaAttachment": (
        "id:id type url:text? preview_url:text? remote_url:text? preview_remote_url:text? text_url:text? meta:Anything description:text? blurhash:text?"
    ),
    "Mention": "id:id username acct url",
    "StatusTag": "name url",
    "DayOfTag": "day accounts uses",
    "Tag": "id name url history:[DayOfTag] following:flag featuring:flag",
    "FeaturedTag": "id:id name url statuses_count last_status_at:day?",
    "Place": "id:id acct display_name",
    "Fedcop": "title community:Place? state",
    "PollOption": "title votes_count:number?",
    "Poll": (
        "id:id expires_at:time? expired:flag multiple:flag votes_count:number voters_count:number? voted:flag own_votes:[number]"
        " options:[PollOption] emojis:[]"
    ),
    "Status": (
        "id:id uri url created_at:time edited_at:time? account:Account content spoiler_text sensitive:flag visibility language:text?"
        " in_reply_to_id:id? in_reply_to_account_id:id? replies_count:number reblogs_count:number favourites_count:number quotes_count:number"
        " favourited:flag reblogged:flag bookmarked:flag muted:flag pinned:flag filtered:[FilterResult] media_attachments:[MediaAttachment] mentions:[Mention]"
        " tags:[StatusTag] emojis:[] reblog:Status? poll:Poll? card:Card? quote:Quote? quote_approval:QuoteApproval application:Anything? fedcop:Fedcop"
    ),
    "Card": (
        "url title description language:text? type author_name author_url authors:[] provider_name provider_url html width:number height:number"
        " image:text? image_description embed_url blurhash:text? published_at:time?"
    ),
    "TrendingLink": "Card + history:[DayOfTag]",
    "Quote": "state quoted_status:Status?~ quoted_status_id:id?~",
    "QuoteApproval": "automatic:[text] manual:[text] current_user",
    "FilterKeyword": "id:id keyword whole_word:flag",
    "FilterStatus": "id:id status_id:id",
    "Filter": (
        "id:id title context:[text] expires_at:time? filter_action keywords:[FilterKeyword]~ statuses:[FilterStatus]~"
    ),
    "FilterResult": "filter:Filter keyword_matches:Anything? status_matches:Anything?",
    "OldFilter": "id:id phrase context:[text] whole_word:flag expires_at:time? irreversible:flag",
    "DeletedStatus": "Status + text content_type",
    "ScheduledParams": (
        "text poll:Anything? media_ids:Anything? sensitive:flag spoiler_text:text? visibility in_reply_to_id:id? language:text? application_id:id?"
        " scheduled_at:time? idempotency:text? quoted_status_id:id? quote_approval_policy:text? with_rate_limit:flag"
    ),
    "ScheduledStatus": "id:id scheduled_at:time params:ScheduledParams media_attachments:[MediaAttachment]",
    "StatusSource": "id:id text spoiler_text content_type",
    "StatusEdit": (
        "account:Account content spoiler_text sensitive:flag media_attachments:[MediaAttachment] emojis:[] poll:Poll? quote:Quote? created_at:time"
    ),
    "Context": "ancestors:[Status] descendants:[Status]",
    "Search": "accounts:[Account] statuses:[Status] hashtags:[Tag]",
    # What one is told, and what one says of others
    "Notification": "id:id type group_key created_at:time account:Account status:Status~ filtered:flag~ report:Report~",
    "NotificationRequest": "id:id created_at:time updated_at:time notifications_count account:Account last_status:Status?",
    "PartialAccount": "id:id acct locked:flag bot:flag url avatar avatar_static",
    "NotificationGroup": (
        "group_key notifications_count:number type most_recent_notification_id:number page_min_id:id page_max_id:id"
        " latest_page_notification_at:time sample_account_ids:[id] status_id:id~ report:Report~"
    ),
    "GroupedNotifications": (
        "accounts:[Account] partial_accounts:[PartialAccount]~ statuses:[Status] notification_groups:[NotificationGroup]"
    ),
    "PolicySummary": "pending_requests_count:number pending_notifications_count:number",
    "NotificationPolicy": (
        "for_not_following for_not_followers for_new_accounts for_private_mentions for_limited_accounts for_bots summary:PolicySummary"
    ),
    "OldNotificationPolicy": (
        "filter_not_following:flag filter_not_followers:flag filter_new_accounts:flag filter_private_mentions:flag summary:PolicySummary"
    ),
    "Merged": "merged:flag",
    "WebPushSubscription": "id:number endpoint standard:flag alerts:Anything policy server_key",
    "Marker": "last_read_id:id version:number updated_at:time",
    "Markers": "home:Marker~ notifications:Marker~",
    "Report": (
        "id:id action_taken:flag action_taken_at:time? category comment forwarded:flag created_at:time status_ids:Anything? rule_ids:Anything?"
        " target_account:Account"
    ),
    # For those in charge
    "AdminAccount": (
        "id:id username domain:text? created_at:time email:text? ip:text? ips:[] role:Role? confirmed:flag suspended:flag silenced:flag"
        " sensitized:flag disabled:flag approved:flag locale:text? invite_request:text? account:Account"
    ),
    "AdminReport": (
        "id:id action_taken:flag action_taken_at:time? category comment forwarded:flag created_at:time updated_at:time account:AdminAccount"
        " target_account:AdminAccount assigned_account:AdminAccount? action_taken_by_account:AdminAccount? statuses:[Status] rules:[Rule]"
    ),
    "DomainBlock": (
        "id:id domain digest created_at:time severity reject_media:flag reject_reports:flag private_comment:text? public_comment:text?"
        " obfuscate:flag"
    ),
    "DatedValue": "date:time value rate:Anything~",
    "AdminMeasure": "key unit:text? total previous_total data:[DatedValue]",
    "DimensionLine": "key human_key value unit~ human_value~",
    "AdminDimension": "key data:[DimensionLine]",
    "AdminCohort": "period:time frequency data:[DatedValue]",
    "DomainAllow": "id:id domain created_at:time",
    # This instance
    "Rule": "id:id text hint",
    "ExtendedDescription": "updated_at:time? content",
    "PrivacyPolicy": "updated_at:time? content",
    "Language": "code name",
    "OEmbed": "type version title author_name author_url provider_name provider_url cache_age:number html width:number height:number?",
    "Preferences": (
        "posting:default:visibility posting:default:sensitive:flag posting:default:quote_policy posting:default:language reading:expand:media reading:expand:spoilers:flag"
    ),
    "Instance": (
        "domain title version source_url description usage:Anything thumbnail:Anything icon:[Anything] languages:[text] configuration:Anything"
        " registrations:Anything api_versions:Anything contact:Anything rules:[Rule]"
    ),
    "OldInstance": (
        "uri title short_description description email version urls:Anything stats:Anything thumbnail languages:[text] registrations:flag"
        " approval_required:flag invites_enabled:flag configuration:Anything contact_account:Account? rules:[Rule] max_toot_chars:number"
    ),
}  # fmt: skip
PLAIN: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "id": {"type": "string", "pattern": "^[0-9]+$"},
    "flag": {"type": "boolean"},
    "number": {"type": "integer"},
    "time": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"},
    "Yes": {"type": "boolean"},
    "Anything": {},
    "events": {"type": "string"},  # as they happen
    "words": {"type": "string"},
}
FIELD = re.compile(r"(?P<name>\w+(?::\w+:\w+)?)(?::(?P<kind>\[\w*\]|\w+)(?P<null>\?)?)?(?P<absent>~)?")


def schema(said: str) -> dict[str, Any]:
    """Write the schema of one thing: the name of an entity or a plain kind, in brackets a list of it; `[]` is always empty, `A|B` one of both."""
    if "|" in said:
        return {"oneOf": [schema(one) for one in said.split("|")]}
    if said.startswith("["):
        return {"type": "array", "items": schema(said[1:-1])} if said != "[]" else {"type": "array", "maxItems": 0}
    return PLAIN.get(said, {"$ref": f"#/components/schemas/{said}"})


def schemas() -> dict[str, dict[str, Any]]:
    """Write the schemas of all entities."""
    return {name: _written(said) for name, said in SAID.items()}


def _written(said: str) -> dict[str, Any]:
    base, plus, more = said.partition(" + ")
    found: dict[str, Any] = _written(SAID[base]) if plus else {"type": "object", "properties": {}, "required": []}
    for field in FIELD.finditer(more if plus else said):
        kind = schema(field["kind"] or "text")
        if field["null"] and kind:
            kind = {"anyOf": [kind, {"type": "null"}]}
        found["properties"][field["name"]] = kind
        if not field["absent"]:
            found["required"].append(field["name"])
    return found
