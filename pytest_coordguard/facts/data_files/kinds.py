"""Which files hold data, and in which form."""

from __future__ import annotations

from pytest_coordguard.facts.repository import Repository
from pytest_coordguard.facts.touched import matches

ENDINGS = {
    **dict.fromkeys((".json", ".geojson", ".webmanifest", ".ipynb", ".har", ".avsc"), "json"),
    **dict.fromkeys((".jsonl", ".ndjson"), "json-lines"),
    **dict.fromkeys((".jsonc", ".code-workspace"), "jsonc"),
    **dict.fromkeys((".yaml", ".yml"), "yaml"),
    ".toml": "toml",
}
# Files of the name .json that their readers read with comments and commas at the end.
COMMENTED = (
    *("**/tsconfig*.json", "**/jsconfig*.json", "**/.vscode/*.json", "**/devcontainer.json", "**/.devcontainer/**"),
    *("**/.eslintrc.json", "**/api-extractor.json", "**/turbo.json", "**/nx.json", "**/deno.json", "**/biome.json"),
    *("**/.swcrc", "**/renovate.json", "**/wrangler.json", "**/language-configuration.json", "**/tslint.json"),
    *("**/pyrightconfig.json", "**/.markdownlint.json", "**/.jshintrc", "**/.babelrc.json", "**/angular.json"),
)
NAMES = {"poetry.lock": "toml", "uv.lock": "toml", "Cargo.lock": "toml", "Pipfile": "toml", "Pipfile.lock": "json"}
NAMES |= {"composer.lock": "json", ".clang-format": "yaml", "CITATION.cff": "yaml", ".prettierrc": "yaml"}
WORKFLOWS = (".github/workflows/*.yml", ".github/workflows/*.yaml")


def kind_of(path: str) -> str:
    """Return the form of a file by its name, "" when it is none that is known here."""
    name = path.rpartition("/")[2]
    if matches(path, WORKFLOWS):
        return "workflow"
    if name in NAMES:
        return NAMES[name]
    kind = next((kind for ending, kind in ENDINGS.items() if name.lower().endswith(ending)), "")
    return "jsonc" if kind == "json" and matches(path, COMMENTED) else kind


def is_template(repo: Repository, path: str, data: bytes) -> bool:
    """Tell whether a file becomes data only when a program fills it in: a Helm chart's, cookiecutter's, Jinja's."""
    if b"{{" not in data and b"{%" not in data:
        return False
    chart, found, _ = path.rpartition("/templates/")
    return bool(found and repo.is_file(f"{chart}/Chart.yaml")) or "{{" in path or "templates/" in path


def is_pointer(data: bytes) -> bool:
    """Tell whether git LFS keeps the content elsewhere (git-lfs, docs/spec.md)."""
    return data.startswith(b"version https://git-lfs.github.com/spec/")
