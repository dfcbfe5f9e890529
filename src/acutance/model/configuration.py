"""Typed configurations to plain JSON values and back.

A configuration is a tree of dataclasses. Where a field may hold one of several (an activation,
an encoding), the class is told by its name under the key "type". Only the classes that the field
names, or that `part_of` made a part of its kind, can come out, so that a file cannot make anything
else.
"""

import types
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from acutance.errors import InputError

Plain = dict[str, Any]
"""What the json module reads and writes."""

PartClass = TypeVar("PartClass", bound=type)

_PARTS: defaultdict[type, dict[str, type]] = defaultdict(dict)
"""The classes that may stand for a kind of part, by their names."""


def part_of(kind: type) -> Callable[[PartClass], PartClass]:
    """Decorator: this dataclass may stand where a configuration asks for a `kind`.

    Acutance's own parts and a user's are told by the same words; a model with a part of one's own
    is loaded once the module that defines it was imported.

    Example:
        >>> from dataclasses import dataclass
        >>> from acutance import Activation
        >>> @part_of(Activation)
        ... @dataclass(frozen=True, kw_only=True)
        ... class Gauss:
        ...     sharpness: float = 1.0
        ...     # ... its methods `layer` and `output`
        >>> to_plain(Gauss(sharpness=2.0))
        {'type': 'Gauss', 'sharpness': 2.0}

    Args:
        kind: the protocol that the class follows: `Activation`, `Encoding`, `Conditioning`,
            `DistanceLoss` or `Decay`.

    Raises:
        TypeError: the class is no dataclass, or another one of its kind has its name.
    """

    def add(part: PartClass) -> PartClass:
        if not is_dataclass(part):
            raise TypeError(f"{part.__name__} must be a dataclass to be a part of a model.")
        other = _PARTS[kind].setdefault(part.__name__, part)
        if (other.__module__, other.__qualname__) != (part.__module__, part.__qualname__):
            raise TypeError(f"{kind.__name__} has a {part.__name__} already; take another name.")
        _PARTS[kind][part.__name__] = part
        return part

    return add


def check_parts(config: Any) -> None:
    """Refuse a part that could be trained and saved, but not loaded.

    Raises:
        TypeError: a part is not decorated with `part_of`.
    """
    for name, kind in get_type_hints(type(config)).items():
        part = type(getattr(config, name))
        if kind in _PARTS and part not in _PARTS[kind].values():
            raise TypeError(
                f"{name} is {part.__name__}, which is not known as a part; decorate the class with "
                f"@part_of({kind.__name__}), so that what was trained with it can be loaded."
            )


def to_plain(config: Any) -> Plain:
    """The configuration as nested dictionaries; every dataclass tells its name under "type".

    Raises:
        TypeError: a setting is neither a number, a text, a list of such, nor a configuration.
    """
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    plain = {
        name: _plain(value, f"{type(config).__name__}.{name}") for name, value in values.items()
    }
    return {"type": type(config).__name__, **plain}


def _plain(value: Any, name: str) -> Any:
    """One setting as a plain value."""
    if is_dataclass(value):
        return to_plain(value)
    if isinstance(value, tuple | list):
        return type(value)(_plain(item, name) for item in value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(
        f"{name} is {type(value).__name__}, which cannot be saved; give it a number, a text, a "
        "tuple of such, or a dataclass of them."
    )


def from_plain(kind: Any, plain: Any) -> Any:
    """The configuration of class `kind` (or one of a union) that `to_plain` wrote.

    Raises:
        InputError: an unknown type or field, a missing field, or a value that is of another kind
            than its field or that the class refuses.
    """
    parts: list[Any] = [option for option in _options(kind) if is_dataclass(option)]
    candidates = {part.__name__: part for part in parts}
    found = plain.get("type") if isinstance(plain, Mapping) else plain
    if not isinstance(plain, Mapping) or not isinstance(found, str) or found not in candidates:
        own = " (a part of your own: import its module first)" if kind in _PARTS else ""
        raise InputError(
            f"Expected one of {', '.join(candidates)} in the configuration, got "
            f"{str(found)[:80]}{own}."
        )
    chosen = candidates[found]
    hints = get_type_hints(chosen)
    given = {name: value for name, value in plain.items() if name != "type"}
    if unknown := sorted(set(given) - {field.name for field in fields(chosen)}):
        raise InputError(f"{found} has no setting {', '.join(unknown)[:80]}.")
    values = {n: _value(hints[n], value, f"{found}.{n}") for n, value in given.items()}
    try:
        return chosen(**values)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InputError(f"The configuration of {found} is not valid: {error}.") from error


def _options(kind: Any) -> tuple[Any, ...]:
    """The classes of a kind of part or of a union, or the class alone."""
    if kind in _PARTS:
        return tuple(_PARTS[kind].values())
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _value(kind: Any, value: Any, name: str) -> Any:
    """A field's value: a nested configuration, a tuple (JSON has only lists), or itself.

    Raises:
        InputError: it is of another kind than the field.
    """
    for option in _options(kind):
        if is_dataclass(option):
            if isinstance(value, Mapping):
                return from_plain(kind, value)
        elif get_origin(option) is tuple:
            if isinstance(value, list | tuple) and _fits(get_args(option), value):
                kinds = get_args(option)
                each = [kinds[0]] * len(value) if kinds[1:] == (...,) else kinds
                return tuple(_value(k, item, name) for k, item in zip(each, value, strict=True))
        elif get_origin(option) is Literal:
            if isinstance(value, str) and value in get_args(option):
                return value
        elif option in _SIMPLE:
            if type(value) in _SIMPLE[option] and value == value:  # not NaN
                return value
        elif isinstance(option, type) and option not in _PARTS:
            if isinstance(value, option):
                return value
        else:  # a kind that cannot be checked, as Any
            return tuple(value) if isinstance(value, list) else value
    raise InputError(f"{name} cannot be {str(value)[:80]}.")


_SIMPLE: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    float: (float, int),
    str: (str,),
    types.NoneType: (types.NoneType,),
}
"""What a file may hold for each kind of value."""


def _fits(kinds: tuple[Any, ...], values: Sequence[Any]) -> bool:
    """Whether a tuple of such kinds can have so many values."""
    return kinds[1:] == (...,) or len(kinds) == len(values)


def difference(found: Any, asked: Any, name: str) -> str:
    """The first setting in which two plain configurations differ, in words; empty for none.

    Args:
        found, asked: as `to_plain` makes them, the one in force and the one asked for.
        name: of the whole.
    """
    if isinstance(found, dict) and isinstance(asked, dict) and found.keys() == asked.keys():
        parts = (difference(found[key], asked[key], f"{name}.{key}") for key in found)
        return next(filter(None, parts), "")
    if found == asked:
        return ""
    if isinstance(found, list) and isinstance(asked, list):
        return f"other {name} ({len(found)}, and {len(asked)} now)"
    return f"{name} = {_brief(found)} ({_brief(asked)} is asked for now)"


def _brief(value: Any) -> str:
    """A setting in a few words: a part by its kind."""
    return str(value.get("type", "other settings")) if isinstance(value, dict) else str(value)
