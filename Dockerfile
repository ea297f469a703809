# Portret's server processes (web, worker, beat, metrics, migrations) in one image; the database and the broker are elsewhere.
FROM python:3.12-slim-bookworm AS packages
RUN python -m venv /opt/portret
COPY requirements-server.lock /tmp/
RUN /opt/portret/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements-server.lock


FROM python:3.12-slim-bookworm
ENV PATH=/opt/portret/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/staticfiles \
    FILES_DIR=/data/files \
    PROMETHEUS_MULTIPROC_DIR=/metrics
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin portret \
    && install -d -o portret -g portret -m 0700 /data /data/files /metrics
COPY --from=packages /opt/portret /opt/portret
WORKDIR /app
COPY . .
# The variables are for this one command, which reads no secret and reaches no server.
RUN PORTRET_ENVIRONMENT=local SECRET_KEY=collectstatic BASE_URL=http://localhost EMAIL_URL=file:///tmp CELERY_BROKER_URL=memory:// \
    DATABASE_URL=postgresql://nobody@localhost/nothing \
    python manage.py collectstatic --noinput --verbosity 0 \
    && python -m compileall -q /app
USER portret
VOLUME /data
EXPOSE 8000
# Of the web server; compose.yaml switches it off for the others.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", \
     "--respawn-failed-workers", "--workers-kill-timeout", "25", "config.wsgi:application"]
