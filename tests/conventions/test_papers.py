"""What the README and docs/ say exists, and what exists they say."""

import ast
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import typer
from dagster._utils.schedules import is_valid_cron_schedule

from marketflow.cli import app
from tests.conventions.manifest import Manifest
from tests.conventions.papers import broken_links, code_lines, table_rows
from warehouse.settings import PROJECT_ROOT, Settings

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
OPERATIONS = (PROJECT_ROOT / "docs/operations.md").read_text(encoding="utf-8")
MAKEFILE = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
PAPERS = [
    *(Path(name) for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted(path.relative_to(PROJECT_ROOT) for path in (PROJECT_ROOT / "docs").rglob("*.md")),
]
PACKAGES = {
    "api",
    "dashboards",
    "ingestion",
    "marketflow",
    "orchestration",
    "forecasting",
    "reporting",
    "warehouse",
}
FIRST_NAMES = [
    "ingestion/",
    "dbt_project/",
    "orchestration/",
    "dashboards/",
    "tests/",
    "dbt_project.yml",
    "profiles.yml.example",
    "pyproject.toml",
    "README.md",
]


# Papers may name these although they are not in the tree: running makes them, or we chose not to.
MADE_BY_RUNNING = re.compile(
    r"\.env|\.streamlit/secrets\.toml|\.venv.*|\.uv/.*|\.marketflow.*|profiles\.yml|target/.*|\.meta\.json|extract\.sqlite3"
    r"|\.python-version|market\.dump|data_extracts/.*|mine/.*|rejected/"
)
A_PATH = re.compile(
    r"[a-z.][\w.-]*(/[\w.-]+)+/?|[a-z.][\w-]*/|\.?[\w-]+\.(py|yml|toml|md|csv|txt|example|lock)"
)


def raised_sentences() -> str:
    """Every string of our packages, `…` standing for what is filled in, one to a line."""
    found = []
    for path in sorted(PROJECT_ROOT.glob("*/**/*.py")):
        if path.relative_to(PROJECT_ROOT).parts[0] not in PACKAGES:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [
                str(part.value) if isinstance(part, ast.Constant) else "…"
                for part in parts
                if isinstance(part, (ast.Constant, ast.FormattedValue))
            ]
            found.append("".join(texts))
    return "\n".join(found)


def commands() -> dict[str, Any]:
    """Every command that can be typed after `marketflow`, such as `db start`."""
    found: dict[str, Any] = {}
    waiting: list[tuple[str, Any]] = [("", typer.main.get_command(app))]
    while waiting:
        path, command = waiting.pop()
        children = getattr(command, "commands", None)
        if children is None:
            found[path] = command
        else:
            waiting += [(f"{path} {name}".strip(), child) for name, child in children.items()]
    return found


def typed_after_marketflow(line: str) -> list[str]:
    """The words typed after `marketflow` in a line of code; `a|b` stands for either."""
    match = re.search(r"(?:^|[\s(/])marketflow ((?:[a-z][\w|\-]*(?: |$|\)|\"))+)", line)
    if match is None:
        return []
    words = re.findall(r"[a-z][\w|\-]*", match.group(1))
    return [" ".join(choice) for choice in product(*(word.split("|") for word in words))]


def named_commands(markdown: str) -> set[str]:
    """The commands of `marketflow` that a paper names; arguments after them are dropped."""
    known = commands()
    named = set()
    for line in code_lines(markdown):
        for words in typed_after_marketflow(line):
            parts = words.split(" ")
            prefixes = [" ".join(parts[: n + 1]) for n in reversed(range(len(parts)))]
            named.add(next((prefix for prefix in prefixes if prefix in known), words))
    return named


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))


def named_targets(markdown: str) -> set[str]:
    typed = [re.match(r"(?:.*&& )?make ([a-z][a-z-]*)", line) for line in code_lines(markdown)]
    return {match.group(1) for match in typed if match is not None}


def aliases() -> dict[str, object]:
    """Every setting's variable and its default."""
    return {str(field.alias): field.default for field in Settings.model_fields.values()}


def test_the_readme_shows_the_nine_names_first_and_in_order() -> None:
    positions = [README.find(f"{name} ") for name in FIRST_NAMES]

    assert -1 not in positions
    assert positions == sorted(positions)
    assert [name for name in FIRST_NAMES if not (PROJECT_ROOT / name).exists()] == []


def test_the_readme_can_be_read_at_one_sitting() -> None:
    assert len(README.splitlines()) < 200


def test_the_readme_names_every_command() -> None:
    assert sorted(set(commands()) - named_commands(README)) == []


@pytest.mark.parametrize("paper", PAPERS, ids=str)
def test_every_command_that_is_named_exists(paper: Path) -> None:
    text = (PROJECT_ROOT / paper).read_text(encoding="utf-8")

    assert sorted(named_commands(text) - set(commands())) == []


@pytest.mark.parametrize("paper", PAPERS, ids=str)
def test_every_option_that_is_named_exists(paper: Path) -> None:
    known = commands()
    unknown = []
    for line in code_lines((PROJECT_ROOT / paper).read_text(encoding="utf-8")):
        for words in typed_after_marketflow(line):
            prefixes = [words.rsplit(" ", n)[0] for n in range(words.count(" ") + 1)]
            command = next((known[prefix] for prefix in prefixes if prefix in known), None)
            if command is None:
                continue
            options = {option for parameter in command.params for option in parameter.opts}
            typed = re.search(r"marketflow [^)`]*", line)
            assert typed is not None
            named = set(re.findall(r"(?<=[\s\[])--[a-z][a-z-]*", typed.group()))
            unknown += sorted(f"{words} {option}" for option in named - options - {"--help"})

    assert unknown == []


def test_the_readme_names_every_make_target_of_the_help() -> None:
    assert sorted(make_targets() - named_targets(README)) == []


@pytest.mark.parametrize("paper", PAPERS, ids=str)
def test_every_make_target_that_is_named_exists(paper: Path) -> None:
    text = (PROJECT_ROOT / paper).read_text(encoding="utf-8")

    assert sorted(named_targets(text) - make_targets()) == []


@pytest.mark.parametrize("paper", PAPERS, ids=str)
def test_every_internal_link_leads_somewhere(paper: Path) -> None:
    assert broken_links(PROJECT_ROOT, paper) == []


@pytest.mark.parametrize("paper", PAPERS, ids=str)
def test_every_path_that_is_named_exists(paper: Path) -> None:
    named = {
        word
        for line in code_lines((PROJECT_ROOT / paper).read_text(encoding="utf-8"))
        for word in line.split()
        if A_PATH.fullmatch(word) and not MADE_BY_RUNNING.fullmatch(word)
    }

    assert sorted(name for name in named if not (PROJECT_ROOT / name).exists()) == []


def test_the_example_environment_holds_every_setting_and_no_other() -> None:
    example = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    named = re.findall(r"^([A-Z0-9_]+)=", example, re.MULTILINE)

    assert sorted(named) == sorted(aliases())


def test_the_example_environment_changes_no_default() -> None:
    example = (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8")
    values = dict(re.findall(r"^([A-Z0-9_]+)=(.+)$", example, re.MULTILINE))
    different = {name: value for name, value in values.items() if value != str(aliases()[name])}

    assert values
    assert different == {}


def test_the_settings_table_gives_every_setting_with_its_default() -> None:
    rows = {row[0].strip("`"): row[1].strip("`") for row in table_rows(OPERATIONS, "## Settings")}
    expected = {
        name: "unset" if default is None else str(default) for name, default in aliases().items()
    }

    assert rows == expected


def test_every_error_that_operations_explains_can_be_raised() -> None:
    explained = [row[0].strip("`") for row in table_rows(OPERATIONS, "## When something fails")]
    raised = raised_sentences()

    assert len(explained) > 10
    assert [sentence for sentence in explained if sentence not in raised] == []


def test_the_marts_table_of_the_readme_lists_every_mart(manifest: Manifest) -> None:
    cells = [row[0] for row in table_rows(README, "## Marts")]
    listed = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}

    assert listed == {mart["name"] for mart in manifest.marts}


def test_the_front_page_of_the_docs_site_names_what_exists(manifest: Manifest) -> None:
    page = (PROJECT_ROOT / "dbt_project/docs/overview.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:dim|fct|bridge|obt)_\w+", page))
    columns = {name for mart in manifest.marts for name in mart["columns"]}
    measures = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", page)) - named

    assert len(named) > 15
    assert sorted(named - {mart["name"] for mart in manifest.marts}) == []
    assert {"known_value", "split_adjusted_close_price"} - columns == set()
    schemas = {"marketflow_reader", "stock_data", "technical_indicators", "is_synthetic"}
    raw = {f"raw_{source}" for source in ("twelve_data", "fmp", "fred", "coingecko", "marketflow")}
    assert sorted(measures - columns - schemas - raw) == []


def test_every_provider_has_a_note_on_its_licence() -> None:
    licences = (PROJECT_ROOT / "docs/licences.md").read_text(encoding="utf-8")
    overview = (PROJECT_ROOT / "dbt_project/docs/overview.md").read_text(encoding="utf-8")

    for provider in ("Twelve Data", "Financial Modeling Prep", "FRED", "CoinGecko"):
        assert f"| {provider} |" in licences
        assert f"| {provider} |" in overview


def test_every_test_that_the_guarantees_name_exists() -> None:
    guarantees = (PROJECT_ROOT / "docs/guarantees.md").read_text(encoding="utf-8")
    named = [inline for inline in code_lines(guarantees) if "::" in inline]
    missing = []
    for inline in named:
        name, _, function = inline.partition("::")
        path = PROJECT_ROOT / name
        if not path.is_file() or f"def {function}(" not in path.read_text(encoding="utf-8"):
            missing.append(inline)

    assert named
    assert missing == []


def test_the_crontab_has_times_and_commands_that_exist() -> None:
    (block,) = re.findall(r"```crontab\n(.*?)```", OPERATIONS, re.DOTALL)
    zone, *lines = block.splitlines()

    assert zone == "CRON_TZ=America/New_York"
    assert len(lines) == 4
    for line in lines:
        *when, what = line.split(maxsplit=5)
        typed = re.findall(r"\.venv/bin/marketflow (\w+)", what)
        assert is_valid_cron_schedule(" ".join(when)), line
        assert typed, line
        assert set(typed) <= set(commands()), line
