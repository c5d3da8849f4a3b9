"""From a template and its values to an HTML answer."""

from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response

from finder.privacy.policy import CURRENT_POLICY
from finder.web.brand import BrandFiles
from finder.web.find import QUESTION_FIELDS
from finder.web.formats import date_text
from finder.web.language import LANGUAGES, Reader, reader_of, translations
from finder.web.security import PAGE_HEADERS
from finder.web.services import WebServices
from finder.web.static_files import STATIC_DIR, StaticFiles
from finder.web.way_form import WAY_FIELDS

__all__ = ["Pages"]


class Pages:
    """Renders the templates; one Jinja environment for each language, made at start-up."""

    def __init__(self, services: WebServices, static: StaticFiles, brand: BrandFiles) -> None:
        self.services = services
        self.static = static
        self.brand = brand
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def reader(self, request: Request[Any, Any, Any]) -> Reader:
        """Who reads this page."""
        return reader_of(request, self.services.default_language)

    def respond(
        self,
        request: Request[Any, Any, Any],
        template: str,
        values: Mapping[str, object],
        *,
        status_code: int = 200,
        posted: Mapping[str, str] | None = None,
    ) -> Response[str]:
        """The page in the reader's language, with the security headers.

        ``posted``: the form to which it is the whole answer, at an address that can also be asked for without a form.
        """
        reader = self.reader(request)
        page = self._environments[reader.language].get_template(template)
        html = page.render(values, reader=reader, path=request.url.path, language_links=_language_links(request, posted))
        return Response(html, media_type=MediaType.HTML, status_code=status_code, headers=PAGE_HEADERS)

    def _environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(STATIC_DIR.parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        install: Callable[..., None] = environment.install_gettext_translations  # pyright: ignore[reportAttributeAccessIssue]
        install(translations(language), newstyle=True)
        shared: dict[str, Any] = {
            "language": language,
            "static": self.static.url,
            "brand_name": self.brand.name(language),
            "brand": self.brand,
            "credits": self.services.attributions,
            "policy_version": CURRENT_POLICY.isoformat(),
            "policy_date": _policy_date,
        }
        cast("dict[str, Any]", environment.globals).update(shared)
        return environment


def _policy_date(reader: Reader) -> str:
    return date_text(CURRENT_POLICY, reader)


def _language_links(request: Request[Any, Any, Any], posted: Mapping[str, str] | None) -> list[tuple[str, str, str]]:
    """(language, its own name, address of this page in it). Only the parameters of our own forms' addresses go along.

    The address is a query alone: a path such as ``//evil.example/``, written out, would name another site.
    """
    asked = request.query_params if posted is None else posted
    kept = [(name, asked[name]) for name in dict.fromkeys((*QUESTION_FIELDS, *WAY_FIELDS)) if asked.get(name)]
    # The answer to a script cannot be asked for by its address.
    page = "" if request.method == "GET" or posted is not None else "/"
    return [(code, name, f"{page}?{urlencode([*kept, ('lang', code)])}") for code, name in LANGUAGES.items()]
