"""Make the dashboards to copy anew: scripts/dashboards."""

from . import DASHBOARDS, LANGUAGES, render


def main() -> None:
    """Write a file for each language."""
    DASHBOARDS.mkdir(exist_ok=True)
    for language in LANGUAGES:
        (DASHBOARDS / f"{language}.yaml").write_text(render(language))


if __name__ == "__main__":
    main()
