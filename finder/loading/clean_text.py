"""A text as it is written, with its white space tidied."""

__all__ = ["clean_text"]


def clean_text(text: str) -> str:
    """The text with each run of white space as one space, without control characters."""
    if text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
