"""Superset's settings, from the environment: stonks-config, stonks-core-secrets and stonks-dashboard-secrets."""

import os
from urllib.parse import quote

env = os.environ


def _secret(name: str) -> str:
    return quote(env[name], safe="")


SECRET_KEY = env["SUPERSET_SECRET_KEY"]

SQLALCHEMY_DATABASE_URI = "postgresql+psycopg2://{user}:{password}@{host}:{port}/{database}".format(
    user=env["POSTGRES_USER"],
    password=_secret("POSTGRES_PASSWORD"),
    host=env["POSTGRES_HOST"],
    port=env["POSTGRES_PORT"],
    database=env.get("SUPERSET_DB", "superset"),
)

# The stream engine's Redis is shared, so keys are prefixed and live in databases of their own.
_redis = ":{password}@".format(password=_secret("REDIS_PASSWORD")) if env.get("REDIS_PASSWORD") else ""
REDIS_URL = "redis://{login}{host}:{port}".format(login=_redis, host=env["REDIS_HOST"], port=env["REDIS_PORT"])


def _cache(prefix: str, seconds: int) -> dict:
    return {
        "CACHE_TYPE": "RedisCache",
        "CACHE_DEFAULT_TIMEOUT": seconds,
        "CACHE_KEY_PREFIX": "superset:" + prefix + ":",
        "CACHE_REDIS_URL": REDIS_URL + "/1",
    }


CACHE_CONFIG = _cache("metadata", 300)
DATA_CACHE_CONFIG = _cache("data", 300)
FILTER_STATE_CACHE_CONFIG = _cache("filters", 86400)
EXPLORE_FORM_DATA_CACHE_CONFIG = _cache("explore", 86400)
RATELIMIT_STORAGE_URI = REDIS_URL + "/2"

# TLS ends at the ingress, which says so in X-Forwarded-*.
ENABLE_PROXY_FIX = True
TALISMAN_ENABLED = True
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SECURE = env.get("SUPERSET_SECURE_COOKIES", "true") == "true"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

PUBLIC_ROLE_LIKE = None
PREVENT_UNSAFE_DB_CONNECTIONS = True
ROW_LIMIT = 10_000
SQL_MAX_ROW = 100_000
