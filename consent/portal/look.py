"""The brand of a tenant in, a style sheet out: the tenant's colour in the tokens of our pages, readable on every ground they have."""

from accounts import contrast
from accounts.models import Brand

LIGHT_GROUND = "#f4f6f3"  # --pt-bg of tokens.css, on which links stand as well as on white
LIGHT = ':root, [data-bs-theme="light"]'
DARK = '[data-bs-theme="dark"]'
AUTO = '@media (prefers-color-scheme: dark) {{ [data-bs-theme="auto"] {} }}'


def sheet(brand: Brand | None) -> str:
    """Nothing for a tenant that has chosen no colour: our own stands in tokens.css. The colours are checked when they are saved."""
    rules = []
    if brand and brand.colour:
        rules.append(f"{LIGHT} {_tokens(_readable(brand.colour))}")
    if brand and brand.colour_dark:
        rules += [f"{DARK} {_tokens(brand.colour_dark)}", AUTO.format(_tokens(brand.colour_dark))]
    return "\n".join(rules)


def _tokens(colour: str) -> str:
    names = ("--pt-brand", "--pt-brand-hover", "--pt-brand-active", "--pt-link", "--pt-link-hover", "--pt-focus", "--pt-spark")
    triple = ", ".join(str(part) for part in _parts(colour))
    triples = ("--pt-brand-rgb", "--pt-link-rgb", "--pt-link-hover-rgb")
    said = [f"{name}: {colour};" for name in names] + [f"{name}: {triple};" for name in triples]
    return "{ " + " ".join(said) + " }"


def _readable(colour: str) -> str:
    """A little darker where it needs to be: what reads on white may not on our ground, which is a trifle less light."""
    while contrast.ratio(colour, LIGHT_GROUND) < contrast.ENOUGH:
        colour = "#" + "".join(f"{int(part * 0.97):02x}" for part in _parts(colour))
    return colour


def _parts(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
