// Comfort for those who have scripts; every page works without. One small module per thing.
import { watchDrafts } from "./drafts.js";
import { watchMenus } from "./menus.js";
import { watchConfirmations } from "./confirm.js";
import { keepForms } from "./keep.js";
import { watchThread } from "./fresh.js";
import { watchQuotes } from "./quote.js";
import { watchMentions } from "./mentions.js";
import { prepareForNoNetwork } from "./offline.js";
import { watchPublishing } from "./publish.js";
import { watchKeys } from "./shortcuts.js";
import { focusSummary } from "./focus.js";
import { askForPasskeys } from "./passkeys.js";
import { revealPasswords } from "./reveal.js";

focusSummary();
watchMenus();
watchConfirmations();
watchDrafts();
keepForms();
watchMentions();
watchQuotes();
watchThread();
watchPublishing();
watchKeys();
prepareForNoNetwork();
askForPasskeys();
revealPasswords();
