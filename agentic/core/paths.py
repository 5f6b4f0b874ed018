"""Path arithmetic on strings: no file system, no `os` import."""

from __future__ import annotations


def normalised(path: str) -> str:
    """An absolute path with `.`, `..` and doubled slashes taken out."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part and part != ".":
            parts.append(part)
    return "/" + "/".join(parts)


def joined(folder: str, path: str) -> str:
    """`path` as seen from `folder`, normalised."""
    return normalised(path if path.startswith("/") else folder + "/" + path)


def is_below(path: str, folder: str) -> bool:
    """Whether a normalised path is the folder or lies below it."""
    return path == folder or path.startswith(folder if folder.endswith("/") else folder + "/")


def base_name(path: str) -> str:
    """The last part of a path."""
    return path.rstrip("/").rpartition("/")[2]


def folder_of(path: str) -> str:
    """The folder a path lies in."""
    return path.rstrip("/").rpartition("/")[0] or "/"
