"""Notices for a visit: the page that asks for them one question at a time, and shows what is armed."""
