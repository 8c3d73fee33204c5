"""Which places of routing and deploy files name something outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.outside_names import LEAVES, LINES, outside_names
from agentguard.structure import UnreadableError

INGRESS = "spec:\n  rules:\n  - http:\n      paths:\n      - backend:\n          {}\n"

CASES = [
    ("firebase.json", '{"hosting": {"rewrites": [{"run": {"serviceId": "portal"}}]}}', "portal"),
    ("x/firebase.json", '{"hosting": [{"rewrites": [{"function": "api"}]}]}', "api"),
    ("firebase.json", '{"hosting": {"rewrites": [{"function": {"functionId": "api"}}]}}', "api"),
    ("firebase.json", '{"hosting": {"rewrites": [{"destination": "/index.html"}]}}', ""),
    ("firebase.json", '{"hosting": {"redirects": [{"destination": "https://a.dev/b"}]}}', "a.dev"),
    ("vercel.json", '{"rewrites": [{"destination": "https://api.acme.dev/:path*"}]}', "api.acme.dev"),
    ("vercel.json", '{"routes": [{"dest": "https://sam@api.acme.dev:80/"}]}', "api.acme.dev"),
    ("vercel.json", '{"rewrites": [{"destination": "/about"}]}', ""),
    ("vercel.json", '{"redirects": [{"destination": "https://github.com/acme"}]}', ""),
    ("netlify.toml", '[[redirects]]\nto = "https://api.acme.dev/:splat"\n', "api.acme.dev"),
    ("staticwebapp.config.json", '{"routes": [{"redirect": "https://a.dev"}]}', "a.dev"),
    ("wrangler.toml", '[[services]]\nservice = "auth-worker"\n', "auth-worker"),
    ("wrangler.jsonc", '{"env": {"prod": {"services": [{"service": "auth"}]}}}', "auth"),
    ("dispatch.yaml", "dispatch:\n- url: x\n  service: mobile\n", "mobile"),
    ("ingress.yaml", INGRESS.format("service: {name: portal}"), "portal"),
    ("ingress.yaml", INGRESS.format("serviceName: portal"), "portal"),
    ("ingress.yaml", INGRESS.format("service: {name: '{{ x }}'}"), ""),
    ("i.yml", "spec: {defaultBackend: {service: {name: portal}}}\n", "portal"),
    ("r.yaml", "spec: {rules: [{backendRefs: [{name: portal}]}]}\n", "portal"),
    ("v.yaml", "spec: {tls: [{route: [{destination: {host: cart.x.svc.cluster.local}}]}]}\n", "cart"),
    ("v.yaml", "spec: {http: [{route: [{destination: {host: cart.shop}}]}]}\n", "cart.shop"),
    ("h.yaml", "spec: {scaleTargetRef: {name: portal}}\n", "portal"),
    ("docker-compose.yml", "services: {web: {depends_on: [db1], links: ['cache:c']}}\n", "db1 cache"),
    ("compose.prod.yaml", "services: {web: {depends_on: {db1: {condition: x}}}}\n", "db1"),
    ("traefik.yml", "http: {routers: {web: {service: portal@docker}}}\n", "portal"),
    ("traefik.yml", "http: {routers: {web: {service: api@internal}}}\n", ""),
    ("traefik.toml", "[[http.services.x.loadBalancer.servers]]\nurl = 'http://portal:80'\n", "portal"),
    ("envoy.yaml", "a: [{routes: [{route: {cluster: portal}}]}]\n", "portal"),
    ("openapi.yaml", "x-google-backend: {address: https://portal.a.run.app/y}\n", "portal.a.run.app"),
    ("a.tf", 'resource "google_cloud_run_v2_iam_policy" "x" {\n  service = "portal"\n}\n', "portal"),
    ("a.tf", 'resource "google_cloud_run_service_iam_member" "x" {\n  service = google.x.name\n}\n', ""),
    ("a.tf", 'resource "google_project_service" "x" {\n  service = "run.googleapis.com"\n}\n', ""),
    (".github/workflows/d.yml", "jobs: {d: {steps: [{with: {service: portal}}]}}\n", "portal"),
    (".github/workflows/d.yml", "jobs: {d: {steps: [{with: {service: '${{ vars.X }}'}}]}}\n", ""),
    ("ci/d.yml", "jobs: {d: {steps: [{with: {service: portal}}]}}\n", ""),
    ("nginx.conf", "location / { proxy_pass http://portal:8080/x; }\n", "portal"),
    ("nginx/conf.d/a.conf", "upstream app {\n  server portal:80 weight=5;\n}\nserver {\n", "portal"),
    ("nginx.conf", "server_name acme.dev;\nserver { listen 80; }\n", ""),
    ("nginx.conf", "# proxy_pass http://portal;\nfastcgi_pass unix:/run/x.sock;\n", ""),
    ("nginx.conf", "proxy_pass http://$up;\nproxy_pass http://127.0.0.1:80;\n", ""),
    ("Caddyfile", "acme.dev {\n  reverse_proxy /api/* portal:80\n}\n", "portal"),
    ("haproxy.cfg", "use_backend portal if x\nserver s1 db1:80 check\n", "portal db1"),
    (".htaccess", 'ProxyPass "/x" "http://portal/"\n', "portal"),
    ("a.vcl", '.host = "portal";\n', "portal"),
    ("_redirects", "/a /b\n/c https://a.acme.dev/:splat 200\n", "a.acme.dev"),
    ("src/app.py", "proxy_pass http://portal;\n", ""),
    ("notnginx.txt", "proxy_pass http://portal;\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "names"), CASES)
def test_names(path: str, text: str, names: str) -> None:
    assert " ".join(name for name, _ in outside_names(path, text.encode()).names) == names


def test_what_they_stand_at() -> None:
    found = outside_names("firebase.json", CASES[0][1].encode())
    assert found.names == (("portal", "hosting.rewrites[].run.serviceId"),)
    assert outside_names("nginx.conf", b"\nproxy_pass http://portal;\n").names == (
        ("portal", "line 2"),
    )


@pytest.mark.parametrize(
    ("path", "text", "known"),
    [
        ("compose.yml", "services: {web: {depends_on: [db1]}, db1: {image: x}}\n", True),
        ("compose.yml", "services: {web: {depends_on: [db1]}, db: {image: db1-image}}\n", False),
        ("i.yaml", "spec: {defaultBackend: {service: {name: db1}}}\n", False),
        ("i.yaml", "spec: {defaultBackend: {service: {name: db1}}}\n---\nname: db1\n", True),
        ("nginx.conf", "upstream db1 {\n}\nproxy_pass http://db1;\n", True),
        ("nginx.conf", "# db1\nproxy_pass http://db1;\ngrpc_pass db1;\n", False),
    ],
)
def test_what_a_file_itself_defines_is_known(path: str, text: str, *, known: bool) -> None:
    found = outside_names(path, text.encode())
    assert "db1" in dict(found.names)
    assert ("db1" in found.known) is known


def test_settings_that_cannot_be_read() -> None:
    with pytest.raises(UnreadableError):
        outside_names("firebase.json", b"{")


PATHS = ("firebase.json", "a.yaml", "a.tf", "nginx.conf", "haproxy.cfg", "_redirects", "Caddyfile")


@pytest.mark.parametrize("path", PATHS)
@given(content=st.binary(max_size=200))
def test_any_bytes(path: str, content: bytes) -> None:
    try:
        outside_names(path, content)
    except UnreadableError:
        return


@pytest.mark.parametrize("path", [*PATHS[3:], "httpd.conf", "a.vcl"])
@pytest.mark.parametrize(
    "unit", ["server ", "proxy_pass ", " ", "{", "reverse_proxy @", "a\n", "."]
)
def test_a_megabyte(path: str, unit: str) -> None:
    outside_names(path, unit.encode() * (1_000_000 // len(unit)))


def test_every_row_of_the_tables_is_tried() -> None:
    assert len(LEAVES) + len(LINES) <= len(CASES)
