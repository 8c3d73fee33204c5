"""What one file of the portal says: program text made from an entity and its fields.

Every function gives the whole content of one file. `%Name%` and the like stand for the entity's
names; nothing is random, so that two runs build the same objects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent


@dataclass(frozen=True)
class Entity:
    """Something the portal keeps: its name, its plural, and its fields with their kinds."""

    name: str
    plural: str
    fields: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """`booking` as the name of a type."""
        return self.name.capitalize()

    @property
    def titles(self) -> str:
        """`bookings` as the name of a type."""
        return self.plural.capitalize()


TYPESCRIPT = {"text": "string", "number": "number", "date": "string", "flag": "boolean"}
ZOD = {"text": "z.string().min(1)", "number": "z.number()", "date": "z.string().datetime()",
       "flag": "z.boolean()"}  # fmt: skip
PYTHON = {"text": "str", "number": "float", "date": "datetime", "flag": "bool"}
SQL = {"text": "text NOT NULL", "number": "numeric(12, 2) NOT NULL DEFAULT 0",
       "date": "timestamptz", "flag": "boolean NOT NULL DEFAULT false"}  # fmt: skip
EXAMPLE = {"text": '"example"', "number": "12.5", "date": '"2025-03-01T09:00:00Z"', "flag": "true"}
LITERAL = {"text": '"example"', "number": "12.5", "date": "NOW", "flag": "True"}


def render(template: str, entity: Entity, **blocks: str) -> str:
    """A template with the entity's names in it. A block takes the place of `%key%`, indented."""
    text = dedent(template).lstrip("\n")
    lines: list[str] = []
    for line in text.split("\n"):
        key = line.strip().strip("%")
        if line.strip() == f"%{key}%" and key in blocks:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + each if each else "" for each in blocks[key].split("\n")]
        else:
            lines.append(line)
    names = {"name": entity.name, "plural": entity.plural, "Name": entity.title,
             "Plural": entity.titles, "NAME": entity.name.upper()}  # fmt: skip
    result = "\n".join(lines)
    for key, value in names.items():
        result = result.replace(f"%{key}%", value)
    return result


def model(entity: Entity) -> str:
    """The type, its schema, and how rows become it."""
    return render(
        """
        import { z } from "zod";

        import type { Row } from "../lib/database";
        import { dateOrNull, flag, money, text } from "../lib/columns";

        export interface %Name% {
          id: string;
          %interface%
          createdAt: string;
          updatedAt: string;
        }

        export const %name%Schema = z.object({
          %schema%
        });

        export type %Name%Input = z.infer<typeof %name%Schema>;

        export const %NAME%_COLUMNS = [
          "id",
          %columns%
          "created_at",
          "updated_at",
        ] as const;

        export function %name%FromRow(row: Row): %Name% {
          return {
            id: text(row.id),
            %from%
            createdAt: text(row.created_at),
            updatedAt: text(row.updated_at),
          };
        }

        export function %name%ToRow(%name%: %Name%Input): Row {
          return {
            %to%
          };
        }

        export function same%Name%(one: %Name%, other: %Name%): boolean {
          return (
            one.id === other.id &&
            %same%
            one.updatedAt === other.updatedAt
          );
        }

        export function describe%Name%(%name%: %Name%): string {
          const parts = [
            %describe%
          ];
          return parts.filter(Boolean).join(" · ");
        }
        """,
        entity,
        interface=_each(entity, lambda n, k: f"{_camel(n)}: {TYPESCRIPT[k]};"),
        schema=_each(entity, lambda n, k: f"{_camel(n)}: {ZOD[k]},"),
        columns=_each(entity, lambda n, _: f'"{n}",'),
        to=_each(entity, lambda n, _: f"{n}: {entity.name}.{_camel(n)},"),
        same=_each(entity, lambda n, _: f"one.{_camel(n)} === other.{_camel(n)} &&"),
        describe=_each(entity, lambda n, _: f"String({entity.name}.{_camel(n)}),"),
        **{"from": _each(entity, lambda n, k: f"{_camel(n)}: {_column(k)}(row.{n}),")},
    )


def service(entity: Entity) -> str:
    """What the portal does with an entity, between the API and the database."""
    return render(
        """
        import { audit } from "../lib/audit";
        import { database, type Page } from "../lib/database";
        import { NotFound, Conflict } from "../lib/errors";
        import { logger } from "../lib/logger";
        import {
          %NAME%_COLUMNS,
          %name%FromRow,
          %name%ToRow,
          type %Name%,
          type %Name%Input,
        } from "../models/%name%";

        const TABLE = "%plural%";
        const log = logger.child({ service: "%plural%" });

        export interface %Name%Filter {
          search?: string;
          %filter%
          page: Page;
        }

        export async function list%Plural%(memberId: string, filter: %Name%Filter): Promise<%Name%[]> {
          const query = database(TABLE).select(%NAME%_COLUMNS).where({ member_id: memberId });
          if (filter.search) {
            query.whereSearch(filter.search);
          }
          %where%
          const rows = await query.orderBy("created_at", "desc").page(filter.page);
          return rows.map(%name%FromRow);
        }

        export async function get%Name%(memberId: string, id: string): Promise<%Name%> {
          const row = await database(TABLE).first({ id, member_id: memberId });
          if (!row) {
            log.info({ id, memberId }, "%name% not found");
            throw new NotFound("%name%", id);
          }
          return %name%FromRow(row);
        }

        export async function create%Name%(memberId: string, input: %Name%Input): Promise<%Name%> {
          const row = await database(TABLE).insert({ ...%name%ToRow(input), member_id: memberId });
          await audit("%name%.created", { id: row.id, memberId });
          return %name%FromRow(row);
        }

        export async function update%Name%(
          memberId: string,
          id: string,
          input: Partial<%Name%Input>,
          seen: string,
        ): Promise<%Name%> {
          const before = await get%Name%(memberId, id);
          if (before.updatedAt !== seen) {
            throw new Conflict("%name%", id);
          }
          const row = await database(TABLE).update({ id }, %name%ToRow({ ...before, ...input }));
          await audit("%name%.updated", { id, memberId, fields: Object.keys(input) });
          return %name%FromRow(row);
        }

        export async function remove%Name%(memberId: string, id: string): Promise<void> {
          await get%Name%(memberId, id);
          await database(TABLE).update({ id }, { removed_at: new Date().toISOString() });
          await audit("%name%.removed", { id, memberId });
        }
        """,
        entity,
        filter=_each(entity, lambda n, k: f"{_camel(n)}?: {TYPESCRIPT[k]};"),
        where=_each(
            entity,
            lambda n, _: (
                f"if (filter.{_camel(n)} !== undefined) {{\n"
                f'  query.where("{n}", filter.{_camel(n)});\n}}'
            ),
        ),
    )


def api(entity: Entity) -> str:
    """The JSON API of an entity."""
    return render(
        """
        import { Router } from "express";

        import { requireMember } from "../auth/session";
        import { can } from "../auth/permissions";
        import { pageOf, asyncHandler } from "../lib/http";
        import { %name%Schema } from "../models/%name%";
        import * as %plural% from "../services/%plural%";

        export const router = Router();

        router.use(requireMember);

        router.get(
          "/",
          asyncHandler(async (request, response) => {
            const filter = { search: request.query.search, page: pageOf(request) };
            response.json({ items: await %plural%.list%Plural%(request.member.id, filter) });
          }),
        );

        router.get(
          "/:id",
          asyncHandler(async (request, response) => {
            response.json(await %plural%.get%Name%(request.member.id, request.params.id));
          }),
        );

        router.post(
          "/",
          can("%plural%.create"),
          asyncHandler(async (request, response) => {
            const input = %name%Schema.parse(request.body);
            const created = await %plural%.create%Name%(request.member.id, input);
            response.status(201).location(`/api/%plural%/${created.id}`).json(created);
          }),
        );

        router.patch(
          "/:id",
          can("%plural%.update"),
          asyncHandler(async (request, response) => {
            const input = %name%Schema.partial().parse(request.body);
            const seen = String(request.header("If-Match") ?? "");
            response.json(
              await %plural%.update%Name%(request.member.id, request.params.id, input, seen),
            );
          }),
        );

        router.delete(
          "/:id",
          can("%plural%.remove"),
          asyncHandler(async (request, response) => {
            await %plural%.remove%Name%(request.member.id, request.params.id);
            response.status(204).end();
          }),
        );

        // What the form asks for, so that the client and the server agree on it.
        router.get("/meta/fields", (_request, response) => {
          response.json([
            %fields%
          ]);
        });
        """,
        entity,
        fields=_each(
            entity, lambda n, k: f'{{ name: "{_camel(n)}", kind: "{k}", label: "{_label(n)}" }},'
        ),
    )


def handler(entity: Entity) -> str:
    """The page handlers of an entity, below src/routes."""
    return render(
        """
        import type { Request, Response } from "express";

        import { requireMember } from "../auth/session";
        import { loginRedirect } from "../auth/redirect";
        import { renderPage } from "../lib/render";
        import { pageOf } from "../lib/http";
        import * as %plural% from "../services/%plural%";

        export const path = "/%plural%";
        export const guards = [requireMember];

        export async function index(request: Request, response: Response): Promise<void> {
          if (!request.member) {
            loginRedirect(request, response, "/%plural%");
            return;
          }
          const page = pageOf(request);
          const items = await %plural%.list%Plural%(request.member.id, { page });
          renderPage(response, "%plural%/List", { items, page, title: "%Plural%" });
        }

        export async function detail(request: Request, response: Response): Promise<void> {
          if (!request.member) {
            loginRedirect(request, response, `/%plural%/${request.params.id}`);
            return;
          }
          const %name% = await %plural%.get%Name%(request.member.id, request.params.id);
          renderPage(response, "%plural%/Detail", {
            %name%,
            title: "%Name%",
            breadcrumbs: [
              { label: "%Plural%", href: "/%plural%" },
              { label: "%Name%", href: `/%plural%/${%name%.id}` },
            ],
          });
        }

        export async function edit(request: Request, response: Response): Promise<void> {
          if (!request.member) {
            loginRedirect(request, response, `/%plural%/${request.params.id}/edit`);
            return;
          }
          const %name% = await %plural%.get%Name%(request.member.id, request.params.id);
          renderPage(response, "%plural%/Edit", { %name%, title: "Change %name%" });
        }
        """,
        entity,
    )


def page(entity: Entity, kind: str) -> str:
    """A React page: `List`, `Detail` or `Edit`."""
    rows = {
        "List": lambda n, _: (
            f'<Column key="{n}" field="{_camel(n)}" label="{_label(n)}" sortable />'
        ),
        "Detail": lambda n, k: (
            f'<Definition term="{_label(n)}">\n'
            f"  <{_view(k)} value={{{entity.name}.{_camel(n)}}} />\n"
            "</Definition>"
        ),
        "Edit": lambda n, k: (
            f'<Field name="{_camel(n)}" label="{_label(n)}" required>\n'
            f'  <{_input(k)} value={{draft.{_camel(n)}}} onChange={{change("{_camel(n)}")}} />\n'
            "</Field>"
        ),
    }[kind]
    body = {
        "List": """
            <Toolbar>
              <Search placeholder="Search %plural%" value={search} onChange={setSearch} />
              <LinkButton href="/%plural%/new">New %name%</LinkButton>
            </Toolbar>
            <Table items={items} empty="You have no %plural% yet." loading={state === "loading"}>
              %rows%
            </Table>
            <Pager page={page} onChange={setPage} />
        """,
        "Detail": """
            <Toolbar>
              <LinkButton href={`/%plural%/${%name%.id}/edit`}>Change</LinkButton>
              <RemoveButton onConfirm={remove} question="Remove this %name%?" />
            </Toolbar>
            <DefinitionList>
              %rows%
            </DefinitionList>
            <History entity="%name%" id={%name%.id} />
        """,
        "Edit": """
            <Form onSubmit={save} disabled={state === "saving"}>
              %rows%
              <Toolbar>
                <Button type="submit">Save</Button>
                <LinkButton href={`/%plural%/${id}`}>Cancel</LinkButton>
              </Toolbar>
            </Form>
        """,
    }[kind]
    return render(
        """
        import { useCallback, useEffect, useState } from "react";

        import { fetchJson, removeJson, saveJson } from "../../lib/client";
        import { useTitle } from "../../lib/title";
        import type { %Name% } from "../../models/%name%";
        import { Layout, Problem, Toolbar } from "../../components/shared";
        import { %Name%Card } from "../../components/%plural%/%Name%Card";

        type State = "loading" | "ready" | "saving" | "failed";

        interface Props {
          id: string;
          initial?: %Name%;
        }

        export function %Name%Page({ id, initial }: Props) {
          const [%name%, set%Name%] = useState<%Name% | undefined>(initial);
          const [state, setState] = useState<State>(initial ? "ready" : "loading");
          const [problem, setProblem] = useState("");
          useTitle("%Plural%");

          useEffect(() => {
            if (initial) {
              return;
            }
            fetchJson<%Name%>(`/api/%plural%/${id}`)
              .then((found) => {
                set%Name%(found);
                setState("ready");
              })
              .catch((error: Error) => {
                setProblem(error.message);
                setState("failed");
              });
          }, [id, initial]);

          const save = useCallback(
            async (draft: %Name%) => {
              setState("saving");
              set%Name%(await saveJson(`/api/%plural%/${id}`, draft, %name%?.updatedAt));
              setState("ready");
            },
            [id, %name%],
          );

          const remove = useCallback(async () => {
            await removeJson(`/api/%plural%/${id}`);
            window.location.assign("/%plural%");
          }, [id]);

          if (state === "failed") {
            return <Problem title="This %name% cannot be shown" detail={problem} />;
          }
          return (
            <Layout section="%plural%">
              <%Name%Card %name%={%name%} />
              %body%
            </Layout>
          );
        }
        """.replace("%body%", "%content%"),
        entity,
        content=render(body, entity, rows=_each(entity, rows)).rstrip("\n"),
    )


def component(entity: Entity, kind: str) -> str:
    """A React component: `Card`, `Form` or `Table`."""
    lines = _each(
        entity,
        lambda n, k: (
            f'<div className="{entity.name}-{kind.lower()}__{n.replace("_", "-")}">\n'
            f"  <span>{_label(n)}</span>\n"
            f"  <{_view(k)} value={{{entity.name}.{_camel(n)}}} />\n"
            "</div>"
        ),
    )
    return render(
        """
        import type { %Name% } from "../../models/%name%";
        import { Amount, Day, Tick, Words } from "../shared/values";
        import { Placeholder } from "../shared/Placeholder";
        import "./%name%.css";

        interface Props {
          %name%?: %Name%;
          compact?: boolean;
          onOpen?: (id: string) => void;
        }

        export function %Name%%Kind%({ %name%, compact = false, onOpen }: Props) {
          if (!%name%) {
            return <Placeholder lines={%count%} label="Loading %name%" />;
          }
          const open = () => onOpen?.(%name%.id);
          return (
            <article
              className={compact ? "%name%-%kind% %name%-%kind%--compact" : "%name%-%kind%"}
              aria-label="%Name%"
              onDoubleClick={open}
            >
              %lines%
              <footer>
                <time dateTime={%name%.updatedAt}>{%name%.updatedAt}</time>
                {onOpen ? <button onClick={open}>Open this %name%</button> : null}
              </footer>
            </article>
          );
        }

        type ListProps = { items: %Name%[] } & Pick<Props, "onOpen">;

        export function %Name%%Kind%List({ items, onOpen }: ListProps) {
          return (
            <ul className="%name%-%kind%-list">
              {items.map((%name%) => (
                <li key={%name%.id}>
                  <%Name%%Kind% %name%={%name%} onOpen={onOpen} compact />
                </li>
              ))}
            </ul>
          );
        }
        """.replace("%Kind%", kind)
        .replace("%kind%", kind.lower())
        .replace("%count%", str(len(entity.fields))),
        entity,
        lines=lines,
    )


def worker(entity: Entity) -> str:
    """The Python side: what runs at night and what reports are made from."""
    return render(
        '''
        """%Plural% in the background: imports, reminders and the nightly report."""

        from __future__ import annotations

        from dataclasses import dataclass
        from datetime import UTC, datetime, timedelta

        from portal.database import connection, rows
        from portal.mail import send
        from portal.queue import job

        REMIND_AFTER = timedelta(days=14)


        @dataclass(frozen=True)
        class %Name%:
            """One row of %plural%."""

            id: str
            member_id: str
            %fields%
            created_at: datetime


        def read_%plural%(since: datetime) -> list[%Name%]:
            """Every %name% that changed since the last run, oldest first."""
            query = """
                SELECT id, member_id, %columns%, created_at
                FROM %plural%
                WHERE updated_at >= %s AND removed_at IS NULL
                ORDER BY updated_at
            """
            with connection() as database:
                return [%Name%(*row) for row in rows(database, query, since)]


        def stale(%name%: %Name%, now: datetime) -> bool:
            """Whether nobody has looked at it for too long."""
            return now - %name%.created_at > REMIND_AFTER


        @job("%plural%-reminders", every=timedelta(hours=24))
        def remind() -> int:
            """Write to members about %plural% that wait for them; how many were written to."""
            now = datetime.now(UTC)
            written = 0
            for %name% in read_%plural%(now - timedelta(days=90)):
                if stale(%name%, now):
                    send(%name%.member_id, "mail/%name%_reminder.html", %name%=%name%)
                    written += 1
            return written


        @job("%plural%-report", every=timedelta(hours=24))
        def report() -> dict[str, float]:
            """Figures for the morning report."""
            found = read_%plural%(datetime.now(UTC) - timedelta(days=1))
            totals: dict[str, float] = {"count": float(len(found))}
            %totals%
            return totals
        '''.replace("%columns%", ", ".join(name for name, _ in entity.fields)),
        entity,
        fields=_each(entity, lambda n, k: f"{n}: {PYTHON[k]}"),
        totals=_each(
            entity,
            lambda n, k: (
                f'totals["{n}"] = float(sum({entity.name}.{n} for {entity.name} in found))'
                if k in ("number", "flag")
                else f'totals["{n}"] = float(len({{{entity.name}.{n} for {entity.name} in found}}))'
            ),
        ),
    )


def migration(entity: Entity) -> str:
    """The SQL that makes the table."""
    return render(
        """
        -- %Plural%: what members see below /%plural%.
        BEGIN;

        CREATE TABLE %plural% (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            member_id uuid NOT NULL REFERENCES members (id),
            %columns%
            created_at timestamptz NOT NULL DEFAULT now(),
            updated_at timestamptz NOT NULL DEFAULT now(),
            removed_at timestamptz
        );

        CREATE INDEX %plural%_member ON %plural% (member_id) WHERE removed_at IS NULL;
        CREATE INDEX %plural%_updated ON %plural% (updated_at);

        COMMENT ON TABLE %plural% IS 'What members see below /%plural%.';
        %comments%

        COMMIT;
        """,
        entity,
        columns=_each(entity, lambda n, k: f"{n} {SQL[k]},"),
        comments=_each(
            entity, lambda n, _: f"COMMENT ON COLUMN {entity.plural}.{n} IS '{_label(n)}';"
        ),
    )


def api_test(entity: Entity) -> str:
    """Tests of the JSON API."""
    return render(
        """
        import { describe, expect, it } from "vitest";

        import { client, member, stranger } from "../support/client";

        const example = {
          %example%
        };

        describe("/api/%plural%", () => {
          it("asks strangers to log in", async () => {
            const response = await stranger().get("/api/%plural%");
            expect(response.status).toBe(401);
          });

          it("creates a %name% and gives it back", async () => {
            const response = await client(member()).post("/api/%plural%", example);
            expect(response.status).toBe(201);
            expect(response.body).toMatchObject(example);
          });

          it("keeps the %plural% of others to themselves", async () => {
            const { body } = await client(member()).post("/api/%plural%", example);
            const response = await client(member()).get(`/api/%plural%/${body.id}`);
            expect(response.status).toBe(404);
          });

          it("refuses a change of something that was changed meanwhile", async () => {
            const mine = client(member());
            const { body } = await mine.post("/api/%plural%", example);
            const response = await mine.patch(`/api/%plural%/${body.id}`, example, "long ago");
            expect(response.status).toBe(409);
          });

          %required%
        });
        """,
        entity,
        example=_each(entity, lambda n, k: f"{_camel(n)}: {EXAMPLE[k]},"),
        required=_each(
            entity,
            lambda n, _: (
                f'it("needs {_label(n).lower()}", async () => {{\n'
                f"  const {{ {_camel(n)}: _left, ...rest }} = example;\n"
                f'  const response = await client(member()).post("/api/{entity.plural}", rest);\n'
                "  expect(response.status).toBe(400);\n});"
            ),
        ),
    )


def worker_test(entity: Entity) -> str:
    """Tests of the Python side."""
    return render(
        '''
        """Tests of %plural% in the background."""

        from __future__ import annotations

        from datetime import UTC, datetime, timedelta

        from portal.%plural% import REMIND_AFTER, %Name%, stale

        NOW = datetime(2025, 3, 1, 9, 0, tzinfo=UTC)


        def make(age: timedelta) -> %Name%:
            return %Name%(
                id="1",
                member_id="2",
                %values%
                created_at=NOW - age,
            )


        def test_a_new_%name%_is_left_alone() -> None:
            assert not stale(make(timedelta(days=1)), NOW)


        def test_an_old_%name%_is_reminded_of() -> None:
            assert stale(make(REMIND_AFTER + timedelta(seconds=1)), NOW)
        ''',
        entity,
        values=_each(entity, lambda n, k: f"{n}={LITERAL[k]},"),
    )


def guide(entity: Entity) -> str:
    """The page of the API's documentation."""
    return render(
        """
        # %Plural%

        A member sees their %plural% below `/%plural%`; programs use `/api/%plural%`.

        | field | kind | meaning |
        |---|---|---|
        %rows%

        ## Requests

        * `GET /api/%plural%` lists them, newest first, fifty at a time.
        * `GET /api/%plural%/{id}` shows one, and 404 for those of other members.
        * `POST /api/%plural%` needs the permission `%plural%.create`.
        * `PATCH /api/%plural%/{id}` needs `If-Match` with the time of the version that was read.
        * `DELETE /api/%plural%/{id}` marks it as removed; it is kept for ninety days.

        ## In the background

        `services/portal/%plural%.py` reminds members after fourteen days and feeds the report.
        """,
        entity,
        rows=_each(entity, lambda n, k: f"| `{_camel(n)}` | {k} | {_label(n)} |"),
    )


def shop_template(section: str, part: str, fields: tuple[str, ...]) -> str:
    """One page or partial of the shop, as the template engine reads it."""
    css = f"shop-{section}-{part}".replace("_", "-")
    items = "\n".join(
        dedent(f"""\
            <div class="{css}__{field}">
              <dt>{{{{ _("{section}.{part}.{field}") }}}}</dt>
              {{% if {section}.{field} %}}
              <dd data-field="{field}">{{{{ {section}.{field} | show("{field}") }}}}</dd>
              {{% else %}}
              <dd class="is-empty">{{{{ _("shop.nothing.{field}") }}}}</dd>
              {{% endif %}}
            </div>""")
        for field in fields
    )
    head = dedent(f"""\
        {{# Shop: {part} of {section}. Rendered by src/services/shop; texts in the catalogue. #}}
        {{% extends "shop/layout/base.html" %}}
        {{% from "shop/layout/macros.html" import button, price, picture, stars %}}

        {{% block title %}}{{{{ _("{section}.{part}.title") }}}}{{% endblock %}}

        {{% block content %}}
        <section class="{css}" data-section="{section}" data-part="{part}">
          <header class="{css}__header">
            <h1>{{{{ _("{section}.{part}.heading") }}}}</h1>
            {{% if member %}}
            <p>{{{{ _("shop.greeting", name=member.name) }}}}</p>
            {{% endif %}}
          </header>
          {{% for {section} in items %}}
          <dl class="{css}__item" id="{section}-{{{{ loop.index }}}}">
        """)
    tail = dedent(f"""\
          </dl>
          {{% else %}}
          <p class="{css}__empty">{{{{ _("{section}.{part}.empty") }}}}</p>
          {{% endfor %}}
          <form method="post" action="/shop/{section}/{part}">
            <input type="hidden" name="csrf" value="{{{{ csrf }}}}">
            <input type="hidden" name="return_to" value="/shop/{section}">
            {{{{ button(_("{section}.{part}.go"), kind="primary") }}}}
          </form>
          <footer class="{css}__footer">
            <a href="/shop">{{{{ _("shop.back") }}}}</a>
          </footer>
        </section>
        {{% endblock %}}
        """)
    indented = "\n".join(f"    {line}" for line in items.split("\n"))
    return f"{head}{indented}\n{tail}"


def _each(entity: Entity, line: Callable[[str, str], str]) -> str:
    """One line, or a few, for each field."""
    return "\n".join(line(name, kind) for name, kind in entity.fields)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _column(kind: str) -> str:
    return {"text": "text", "number": "money", "date": "dateOrNull", "flag": "flag"}[kind]


def _view(kind: str) -> str:
    return {"text": "Words", "number": "Amount", "date": "Day", "flag": "Tick"}[kind]


def _input(kind: str) -> str:
    return {"text": "Text", "number": "Figure", "date": "DatePicker", "flag": "Checkbox"}[kind]
