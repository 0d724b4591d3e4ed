"""How secrets are written: in shell, in JSON (also within JSON), in YAML, in settings. Parts of patterns, for redact.py.

The texts may be hostile and long, so every pattern must take time in proportion to the text: hence the possessive repeats
(*+, ++), which never look back, and the lookbehinds that say where a match may begin.
"""

from __future__ import annotations

WORD = (
    # Begun with one set of letters, whatever the flags: by it the search skips most of a text, in a third of the time.
    r"(?-i:[PpSsTtCcAaEeMm])(?>(?:(?<=p)ass(?<!bypass)(?<!compass)(?<!(?-i:NOPASS))(?<!\bnopass(?=[ \t]))"
    r"(?:word|wd|phrase|code)?|(?<=s)ecret(?:[_-]?key)?|(?<=t)oken"
    r"|(?<=c)redentials?|(?<=p)sk|(?:(?<=a)(?:ccess|ccount|pi|pp|pplication|uth)|(?<=e)ncryption|(?<=m)aster|(?<=p)rivate"
    r"|(?<=s)(?:hared|igning|torage))[_-]?key"
    # NOPASSWD: is a word of sudoers(5), nopass one of doas.conf(5). $PWD and $OLDPWD are folders.
    r"|(?<=p)wd(?:(?<!(?-i:\bPWD))(?<!(?-i:\bOLDPWD))|(?!=/)))(?:_?\d{1,2})?)"
)
"""A name that ends so holds a secret; one that goes on (PASSWORD_FILE) does not."""
NEEDLES = ("pass", "secret", "key", "token", "psk", "credential", "pwd")
"""Of these, one is in every WORD."""
COMMAND = r"pass(?:word|phrase)?[_-]?(?:command|cmd)"
"""A name that ends so holds a command that prints a secret."""

_RUN = r"\$\((?:[^()\n]|\([^()\n]*+\))*+\)?+"
_DOUBLE = r'"(?:[^"\\\n]|\\.)*+"?+'
_DOUBLE_RUN = rf'"(?:{_RUN}|[^"\\\n]|\\.)*+"?+'
# 'a'\''b' and 'a'"'"'b' are how a shell writes a quote within quotes.
_SINGLE = r"""'(?:[^'\\\n]|\\.)*+'(?:(?:"'"|\\')'(?:[^'\\\n]|\\.)*+')*+|'[^\s"]*+"""
# \"x\" is a string of JSON within JSON, \\\"x\\\" the same once more. A quote behind more backslashes is not yet its end.
_NESTED = r'\\{3}"(?:[^"\\\n]|\\++(?!")|\\{4,}+")*+(?:\\{3}")?+|\\"(?:[^"\\\n]|\\++(?!")|\\{2,}+")*+(?:\\")?+'
QUOTED = rf"(?:{_NESTED}|{_DOUBLE}|{_SINGLE})"
"""A text in quotes, as far as the end of the line when they are not closed."""
QUOTED_FOR_SHELL = rf"(?:{_NESTED}|{_DOUBLE_RUN}|{_SINGLE})"
"""The same, where "$(a "b")" is one text."""
# A comma, & or bracket is part of it unless a blank, a quote or another setting follows; \n and \" are JSON's own signs.
_BARE = r"[^\s,;&\"'\\)}\]\[$]++|[\[$]|\\[^nrt\"\n]|[,&](?![\s\"'\\&]|[\w.-]{1,40}[=:]|\Z)|[)}\]]++(?=[^\s\"'\\,;&)}\]])"
# A quote in the middle opens when something follows it; else it ends what began before the name.
MORE = rf"(?:\[redacted\]|{_RUN}|(?=\\*+[\"'][^\s,;:)}}\]&\\\"'<>]){QUOTED_FOR_SHELL}|{_BARE})"
"""A piece of a value without quotes, or behind a piece in quotes."""
VALUE = rf"(?:{QUOTED_FOR_SHELL}{MORE}*+|{MORE}++)"
"""What a shell takes for one word."""

IS = r"[ \t]*+(?:=>|==?|:=|:(?!\\*+[\"'](?:[\s,;:)}\]]|\Z)))[ \t]*+"
"""Between name and value. A quote that only ends the text ("Password:") opens no value."""
NEXT = r"(?:(?:[ \t]|\\\n)++|\\*+[\"'],[ \t]*+)"
"""Between two words of a command, also in a JSON list of them."""
NO_REFUSAL = r"(?!permission denied|no such file|(?-i:ALL)[ \t]*+$)"
"""cat: /etc/restic/password: Permission denied. And "PASSWD: ALL" of sudoers(5)."""
