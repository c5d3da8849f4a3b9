# The finder as an image: docker build --tag finder .
# The wheel is built with the site's third-party files (npm, by the build hook), and installed without what only tests need.

FROM node:22-bookworm-slim AS node

FROM python:3.13-slim-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/
COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /build
# Everything that is pinned, checked against its hash; the wheels below are taken from here and from nowhere else.
COPY requirements.lock ./
RUN pip download --quiet --no-deps --require-hashes --requirement requirements.lock --dest /wheels
COPY pyproject.toml README.md LICENSE ./
COPY web-assets web-assets
COPY data/facilities data/facilities
COPY finder finder
RUN python -m venv /opt/builder \
 && /opt/builder/bin/pip install --quiet --no-index --find-links /wheels hatchling \
 && /opt/builder/bin/pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir /dist .
RUN python -m venv /opt/finder \
 && /opt/finder/bin/pip install --quiet --no-index --find-links /wheels "$(ls /dist/finder-*.whl)[postgres,redis,bulk]"

FROM python:3.13-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/finder --create-home finder
COPY --from=build /opt/finder /opt/finder
ENV PATH=/opt/finder/bin:$PATH \
    FINDER_DATA_DIR=/var/lib/finder \
    NUMBA_CACHE_DIR=/var/lib/finder/.numba
USER finder
VOLUME /var/lib/finder
EXPOSE 8000
ENTRYPOINT ["finder"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
