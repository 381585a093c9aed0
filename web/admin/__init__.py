"""Pages for those who run this instance: moderators, admins, the owner. The domain judges each act again."""
