"""The JSON Schema of equivcheck.toml, for editors: made from the table of keys that the reader goes by."""

from __future__ import annotations

from typing import Any

from equivcheck.model.contract_keys import (
    CONTRACT,
    Day,
    Flag,
    Key,
    Names,
    Number,
    PathPattern,
    Shape,
    Table,
    TableList,
    TablesByName,
    Text,
    Whole,
)


def contract_schema() -> dict[str, Any]:
    """Return the schema as plain JSON (draft 7, the latest that TOML editors know); a TOML date counts as its text.

    It cannot say whether a path pattern can be read, nor refuse NaN, which JSON does not have.
    """
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "equivcheck.toml",
        "description": "Pairs of environments that should be the same, and how strictly.",
        **_schema_of(CONTRACT),
    }


def _schema_of(shape: Shape) -> dict[str, Any]:
    match shape:
        case Flag():
            return {"type": "boolean"}
        case Number(most):
            return {"type": "number", "minimum": 0, "maximum": most}
        case Whole(least, most):
            return {"type": "integer", "minimum": least, "maximum": most}
        case Text():
            return {"type": "string", **_text_schema(shape)}
        case PathPattern():
            return {"type": "string", "minLength": 1}
        case Day(regex):
            return {"type": "string", "format": "date", "pattern": regex}
        case Names(item):
            return {"type": "array", "items": _schema_of(item), "minItems": 1, "uniqueItems": True}
        case TableList(item):
            return {"type": "array", "items": _schema_of(item), "minItems": 1}
        case TablesByName(name, item):
            return {
                "type": "object",
                "minProperties": 1,
                "propertyNames": _schema_of(name),
                "additionalProperties": _schema_of(item),
            }
        case Table():
            return _table_schema(shape)


def _text_schema(text: Text) -> dict[str, Any]:
    forms: list[dict[str, Any]] = []
    if text.choices:
        forms.append({"enum": list(text.choices)})
    if text.regex:
        forms.append({"pattern": text.regex})
    return forms[0] if len(forms) == 1 else {"anyOf": forms}


def _table_schema(table: Table) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "minProperties": 1,
        "properties": {key.name: _key_schema(table, key) for key in table.keys},
        "additionalProperties": False,
    }
    if required := [key.name for key in table.keys if key.required]:
        schema["required"] = required
    rules: list[dict[str, Any]] = [{"not": {"allOf": [_differs(table, name) for name in pair]}} for pair in table.apart]
    if table.some_of:
        rules.append({"anyOf": [{"required": [name]} for name in table.some_of]})
    if table.reasoned:
        loosened = {"anyOf": [_differs(table, name) for name in table.reasoned]}
        rules.append({"if": loosened, "then": {"required": ["because"]}})
    return schema | ({"allOf": rules} if rules else {})


def _key_schema(table: Table, key: Key) -> dict[str, Any]:
    schema = {"description": key.about, **_schema_of(key.shape)}
    default = table.default_of(key.name)
    if isinstance(default, tuple):
        default = list(default)
    if isinstance(default, (bool, int, float, str, list)) and default not in ("", []):
        schema["default"] = default
    if key.example:
        schema["examples"] = [key.example]
    return schema


def _differs(table: Table, name: str) -> dict[str, Any]:
    """Return a schema for tables in which a key is there and not at its default."""
    return {"required": [name], "properties": {name: {"not": {"const": table.default_of(name)}}}}
