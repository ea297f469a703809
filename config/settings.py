"""Django's settings: one file, every variable part from the environment (`config.environment` checks it)."""

import os
import sys
from pathlib import Path

from celery.schedules import crontab
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from config import environment, logs

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    ENVIRONMENT = environment.read(os.environ, base_dir=BASE_DIR)
except environment.BadEnvironment as error:
    sys.exit(f"Portret cannot start: {error}")

# --- Django
DEBUG = ENVIRONMENT.debug
SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FALLBACKS = ENVIRONMENT.old_secret_keys
ALLOWED_HOSTS = ENVIRONMENT.allowed_hosts
BASE_URL = ENVIRONMENT.base_url
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
INSTALLED_APPS = [
    "config.apps.Config",
    "config.operators.Operators",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_celery_beat",
    "django_htmx",
    "rest_framework",
    "accounts.apps.Accounts",
    "customers.apps.Customers",
    "consent.apps.Consent",
    "campaigns.apps.Campaigns",
]
MIDDLEWARE = [
    "config.metrics.middleware",
    "config.logs.middleware",
    "config.health.middleware",
    "config.doorstep.middleware",
    "config.straight.middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.navigation.shell",
            ],
        },
    },
]

# --- Databases: the app role lives behind the tenant wall; the owner role only migrates and is absent where nothing migrates.


def _database(parts: dict[str, str], **options: object) -> dict[str, object]:
    known = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return {
        "ENGINE": "accounts.tenancy.backend",
        **{django: parts[name] for name, django in known.items() if name in parts},
        "OPTIONS": {**{key: value for key, value in parts.items() if key not in known}, **options},
        "CONN_HEALTH_CHECKS": True,
    }


DATABASES = {
    "default": _database(
        ENVIRONMENT.database,
        # A short reconnect_timeout: after an outage the next request tries anew instead of waiting for a long back-off.
        pool={"min_size": 1, "max_size": ENVIRONMENT.pool_size, "timeout": 5, "reconnect_timeout": 2},
        connect_timeout=5,
    ),
}
if ENVIRONMENT.database_owner:
    DATABASES["owner"] = _database(ENVIRONMENT.database_owner, connect_timeout=5)
CACHES = {
    # In PostgreSQL, so that limits hold across processes and nothing but the database is needed to sign in.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}

# --- Celery: what there is to do stands in the database; a message only says "look now".
CELERY_BROKER_URL = ENVIRONMENT.broker_url
CELERY_TASK_DEFAULT_QUEUE = ENVIRONMENT.queue
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 2
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 0}  # a page does not wait for a broker that is down
if ENVIRONMENT.broker_url.startswith("redis"):
    # Redis sweeps lost messages every 100 s by default; these bring that to 10 s.
    CELERY_BROKER_TRANSPORT_OPTIONS |= {
        "visibility_timeout": 300,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
    }
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "config.health.heartbeat", "schedule": 10},
    "send mail that waits": {"task": "accounts.tasks.send_mail", "schedule": 15},
    "empty the inboxes": {"task": "customers.tasks.drain", "schedule": 5},
    "go on with imports": {"task": "customers.tasks.run_waiting_imports", "schedule": 15},
    "forget files of imports": {"task": "customers.tasks.forget_import_files", "schedule": crontab(hour="3", minute="10")},
    "refresh the segments": {"task": "customers.tasks.refresh_segments", "schedule": 15},
    "compute the scores": {"task": "customers.tasks.compute_scores", "schedule": crontab(hour="1", minute="40")},
    "put logged consent in the tree": {"task": "consent.tasks.sequence", "schedule": 60},
    "sign the consent log": {"task": "consent.tasks.sign_checkpoints", "schedule": 600},
    "check the consent log": {"task": "consent.tasks.check_ledgers", "schedule": crontab(hour="2", minute="20")},
    "check the transparency pages": {"task": "consent.tasks.check_transparency", "schedule": crontab(hour="2", minute="50")},
    "end consents": {"task": "consent.tasks.end_consents", "schedule": crontab(minute="*/10")},
    "forget forms that nobody confirmed": {"task": "consent.tasks.forget_pending", "schedule": crontab(hour="2", minute="50")},
    "make access packages that wait": {"task": "consent.tasks.make_waiting_packages", "schedule": 60},
    "keep the terms of retention": {"task": "consent.tasks.keep_terms", "schedule": crontab(hour="2", minute="20")},
    "forget old invitations": {"task": "accounts.tasks.forget_invitations", "schedule": crontab(hour="3", minute="20")},
    "forget old sessions": {"task": "accounts.tasks.forget_sessions", "schedule": crontab(hour="3", minute="40")},
}

# --- Mail to colleagues (sign-up, invitations): written to an outbox in the transaction, sent by the worker.
EMAIL_BACKEND = "accounts.mail.Outbox"
EMAIL_RELAY = ENVIRONMENT.mail
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.mail_from

# --- Signing in
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ["email", "name"]}},
    {"NAME": "accounts.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.signup.SignupForm"
ACCOUNT_FORMS = {
    "login": "accounts.forms.account.LoginForm",
    "signup": "accounts.forms.account.SignupForm",
    "add_email": "accounts.forms.account.AddEmailForm",
    "change_password": "accounts.forms.account.ChangePasswordForm",
    "set_password": "accounts.forms.account.SetPasswordForm",
    "reset_password": "accounts.forms.account.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.account.ResetPasswordKeyForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = BASE_URL.split(":")[0]
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Portret"
MFA_TOTP_TOLERANCE = 1  # one step of 30 seconds early or late (RFC 6238 §5.2)
MFA_FORMS = {
    "add_webauthn": "accounts.forms.passkeys.AddForm",
    "login_webauthn": "accounts.forms.passkeys.SignInForm",
    "reauthenticate_webauthn": "accounts.forms.passkeys.AgainForm",
}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENVIRONMENT.is_production
USERSESSIONS_TRACK_ACTIVITY = False
TRUSTED_PROXIES = ENVIRONMENT.trusted_proxies

# --- Sessions, cookies, headers
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_NAME = "portret_session"
CSRF_COOKIE_NAME = "portret_csrf"
CSRF_COOKIE_HTTPONLY = SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = BASE_URL.startswith("https://")
LANGUAGE_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "config.faults.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if BASE_URL.startswith("https://") else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_PERMISSIONS = 0o600

# --- Languages, times, files
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English")), ("nl", _("Dutch"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = ENVIRONMENT.static_root
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = ENVIRONMENT.files_dir
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if ENVIRONMENT.kind is environment.Kind.TEST:
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# --- REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.access.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.access.KeyMay"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.access.KeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"key": "600/min"},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": TRUSTED_PROXIES,
}

LOGGING = logs.configuration(ENVIRONMENT.log_format, ENVIRONMENT.log_level)
METRICS_PORT = ENVIRONMENT.metrics_port
