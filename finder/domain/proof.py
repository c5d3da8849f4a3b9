"""What proves something by being there, and therefore is as it was made: for good, once, and in memory only."""

from typing import Any, Never, Self, override

__all__ = ["Proof"]


class Proof:
    """The base of such types. Who inherits from it names its slots, and takes a key to be made that its own module alone has."""

    __slots__ = ()

    @override
    def __setattr__(self, name: str, value: object) -> Never:
        raise AttributeError(f"A {type(self).__name__} is as it was made.")

    @override
    def __delattr__(self, name: str) -> Never:
        raise AttributeError(f"A {type(self).__name__} is as it was made.")

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    @override
    def __reduce__(self) -> Never:
        raise TypeError(f"A {type(self).__name__} is not kept: ask for one when it is needed.")

    def _set(self, **slots: Any) -> None:
        """For ``__init__`` alone."""
        for name, value in slots.items():
            object.__setattr__(self, name, value)
