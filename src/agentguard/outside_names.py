"""Which places of routing and deploy files name something outside: a service, a host, a target.

The tables say where such names stand. They are precise rather than complete: a place that only
mostly holds a name of something that must exist is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agentguard.structure import leaves

Kind = Literal["name", "word", "host", "key"]
YAML = r"\.ya?ml"
COMPOSE = r"(?:docker-)?compose[^/]*\.ya?ml"
WORKFLOW = r"(?:\.github|\.gitea|\.forgejo)/workflows/[^/]+\.ya?ml"

# File, key, and what of the leaf is the name: all of its value, the same if it is one word (in HCL a
# dotted one is a reference), the host in it, or (`key`) the part of the key that is captured.
# Keys are those of `structure.leaves`.
LEAVES: tuple[tuple[str, str, Kind], ...] = (
    ("firebase.json", r"hosting(?:\[\])?\.rewrites\[\]\.run\.serviceId", "name"),
    ("firebase.json", r"hosting(?:\[\])?\.rewrites\[\]\.function(?:\.functionId)?", "name"),
    ("firebase.json", r"hosting(?:\[\])?\.redirects\[\]\.destination", "host"),
    (r"(?:vercel|now)\.json", r"(?:rewrites|redirects|routes)\[\]\.dest(?:ination)?", "host"),
    (r"netlify\.toml", r"redirects\[\]\.to", "host"),
    (r"staticwebapp\.config\.json", r"routes\[\]\.(?:rewrite|redirect)", "host"),
    (r"fly\.(?:[^/]+\.)?toml", "app", "name"),
    (r"wrangler\.(?:toml|jsonc?)", r"(?:env\.[^.]+\.)?services\[\]\.service", "name"),
    (r"dispatch\.ya?ml", r"dispatch\[\]\.service", "name"),
    # Kubernetes: Ingress, HTTPRoute, VirtualService, IngressRoute, HorizontalPodAutoscaler.
    (YAML, r"spec\.(?:rules\[\]\.http\.paths\[\]\.b|defaultB|b)ackend\.service\.name", "name"),
    (YAML, r"spec\.(?:rules\[\]\.http\.paths\[\]\.b|defaultB|b)ackend\.serviceName", "name"),
    (YAML, r"spec\.rules\[\]\.backendRefs\[\]\.name", "name"),
    (YAML, r"spec\.(?:http|tcp|tls)\[\]\.route\[\]\.destination\.host", "name"),
    (YAML, r"spec\.routes\[\]\.services\[\]\.name", "name"),
    (YAML, r"spec\.scaleTargetRef\.name", "name"),
    (COMPOSE, r"services\.[^.]+\.(?:depends_on|links|volumes_from)\[\]", "name"),
    (COMPOSE, r"services\.[^.]+\.depends_on\.([^.]+)\..+", "key"),
    # Traefik and Envoy.
    (r"\.(?:ya?ml|toml)", r"(?:http|tcp|udp)\.routers\.[^.]+\.service", "name"),
    (r"\.(?:ya?ml|toml)", r"http\.services\.[^.]+\.loadBalancer\.servers\[\]\.url", "host"),
    (r"\.(?:ya?ml|json)", r".*\.routes\[\]\.route\.cluster", "name"),
    (r"\.(?:ya?ml|json)", r".*\.route\.weighted_clusters\.clusters\[\]\.name", "name"),
    # API gateways.
    (r"\.(?:ya?ml|json)", r"(?:.*\.)?x-google-backend\.address", "host"),
    (r"\.(?:ya?ml|json)", r".*\.x-amazon-apigateway-integration\.uri", "host"),
    (r"\.tf", r"resource\.aws_api_?gateway(?:v2)?_integration\..*\.(?:integration_)?uri", "host"),
    (r"\.tf", r"resource\.google_cloud_run_\w*iam_\w+\.[^.]+\.(?:service|name)", "word"),
    (r"\.tf", r"resource\.google_compute_region_network_.*\.cloud_run\.service", "word"),
    (r"\.tf", r"resource\.google_compute_region_network_.*\.cloud_function\.function", "word"),
    (r"\.tf", r"resource\.kubernetes_ingress\w*\..*\.(?:service\.name|service_name)", "word"),
    # What a workflow deploys to.
    (WORKFLOW, r"jobs\.[^.]+\.steps\[\]\.with\.(?:service|app-name|function-name)", "name"),
)

_HOST = r"(?:[a-z][a-z0-9+]*://)?([^\s/:;{}\"']+)"
NGINX = r"(?:nginx[^/]*\.conf|nginx/.*\.conf|\.nginx|sites-(?:available|enabled)/[^/]+)"
# File, and the line; what the expression captures is the name.
LINES: tuple[tuple[str, str], ...] = (
    (NGINX, rf"(?:proxy|fastcgi|uwsgi|grpc|scgi)_pass\s+{_HOST}"),
    # Without `;` or `{` that is the opening of a server block.
    (NGINX, rf"server\s+{_HOST}(?::\d+)?[^{{]*;"),
    (r"Caddyfile[^/]*", rf"(?:reverse_proxy|php_fastcgi)\s+(?:[/@*]\S*\s+)?{_HOST}"),
    (r"haproxy[^/]*\.cfg", r"(?:use_backend|default_backend)\s+(\S+)"),
    (r"haproxy[^/]*\.cfg", rf"server\s+\S+\s+{_HOST}"),
    (r"(?:httpd[^/]*\.conf|apache2?/.*\.conf|\.htaccess)", rf"ProxyPass\s+\S+\s+\"?{_HOST}"),
    (r"(?:httpd[^/]*\.conf|apache2?/.*\.conf)", rf"BalancerMember\s+\"?{_HOST}"),
    (r"\.vcl", r"\.host\s*=\s*\"([^\"]+)\""),
    (r"_redirects", r"\S+\s+https?://([^\s/:]+)"),
)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,252}")
ADDRESS = re.compile(r"[0-9.]+")
URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/@\s]*@)?([^\s/:?#]+)")
# Everybody has these, or means nobody in particular.
COMMON = re.compile(
    r"localhost|unix|.*\.localhost|host\.docker\.internal|.*@internal|default|none|null|true|false"
    r"|(?:.*\.)?example\.(?:com|org|net)|.*\.(?:test|invalid|example)|(?:www\.)?github\.com"
    r"|(?:www\.)?(?:google|youtube|twitter|x|linkedin|facebook|instagram)\.com|discord\.(?:gg|com)",
    re.IGNORECASE,
)
CLUSTER = re.compile(r"([a-z0-9-]+)(?:\.[a-z0-9-]+)?\.svc(?:\.cluster\.local)?", re.IGNORECASE)
REMARK = ("#", "//")
LONGEST_LINE = 2000


def _file(names: str) -> re.Pattern[str]:
    """A pattern for the end of a path: an ending, or a name from the start of a part of the path."""
    start = "" if names.startswith(r"\.") else r"(?:\A|/)"
    return re.compile(rf"{start}(?:{names})\Z", re.IGNORECASE)


_LEAVES = tuple((_file(file), re.compile(key), kind) for file, key, kind in LEAVES)
_LINES = tuple(
    (_file(file), re.compile(rf"(?:\A|[\s{{;]){line}", re.IGNORECASE)) for file, line in LINES
)


@dataclass(frozen=True, slots=True)
class OutsideNames:
    """The names of things outside in one file, each with what it stands at (a key, or a line).

    `known` is what the same file says anywhere else, so that a name it defines itself is known.
    """

    names: tuple[tuple[str, str], ...]
    known: frozenset[str]


def outside_names(path: str, content: bytes) -> OutsideNames:
    """What a file names. Raises UnreadableError when it should be settings and cannot be read."""
    keys = [(key, kind) for file, key, kind in _LEAVES if file.search(path)]
    if keys:
        return _of_leaves(path, content, keys)
    lines = [line for file, line in _LINES if file.search(path)]
    return _of_lines(content, lines) if lines else OutsideNames((), frozenset())


def _of_leaves(path: str, content: bytes, keys: list[tuple[re.Pattern[str], Kind]]) -> OutsideNames:
    names, known = [], set[str]()
    for key, value in leaves(path, content):
        found = _in_leaf(key, value, keys)
        if found is None:
            known.update((*key.replace("[]", "").split("."), value))
        elif found:
            names.append((found, key))
    return OutsideNames(tuple(names), frozenset(known))


def _in_leaf(key: str, value: str, keys: list[tuple[re.Pattern[str], Kind]]) -> str | None:
    """The name in a leaf, "" if it is one that does not count, None for any other leaf."""
    for pattern, kind in keys:
        if found := pattern.fullmatch(key):
            return _plain(_part(kind, found, value))
    return None


def _part(kind: Kind, key: re.Match[str], value: str) -> str:
    if kind == "key":
        return key[1]
    if kind == "host":
        url = URL.match(value)
        return url[1] if url else ""
    if kind == "word":
        return "" if "." in value else value
    # Traefik names the provider, a link its alias.
    return re.split("[@:]", value, maxsplit=1)[0] if "@internal" not in value else ""


def _of_lines(content: bytes, patterns: list[re.Pattern[str]]) -> OutsideNames:
    names, known = [], set[str]()
    text = content.decode("utf-8", "surrogateescape")
    for number, line in enumerate(text.split("\n"), 1):
        if line.lstrip().startswith(REMARK):
            continue
        found = next(filter(None, (each.search(line[:LONGEST_LINE]) for each in patterns)), None)
        if found is None:
            known.update(re.findall(r"[\w.-]+", line))
        elif name := _plain(found[1]):
            names.append((name, f"line {number}"))
    return OutsideNames(tuple(names), frozenset(known))


def _plain(value: str) -> str:
    """A name as it is looked for, "" when it is a variable, an address or everybody's."""
    inside = CLUSTER.fullmatch(value)
    name = inside[1] if inside else value
    usable = NAME.fullmatch(name) and not ADDRESS.fullmatch(name) and not COMMON.fullmatch(name)
    return name if usable else ""
