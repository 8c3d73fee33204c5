"""The TypeScript of the portal: every function gives the whole content of one file.

`%Name%` and the like stand for the entity's names.
"""

from __future__ import annotations

from demo.entity import Entity, camel, each, label, render

TYPESCRIPT = {"text": "string", "number": "number", "date": "string", "flag": "boolean"}


ZOD = {"text": "z.string().min(1)", "number": "z.number()", "date": "z.string().datetime()",
       "flag": "z.boolean()"}  # fmt: skip


EXAMPLE = {"text": '"example"', "number": "12.5", "date": '"2025-03-01T09:00:00Z"', "flag": "true"}


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
        interface=each(entity, lambda n, k: f"{camel(n)}: {TYPESCRIPT[k]};"),
        schema=each(entity, lambda n, k: f"{camel(n)}: {ZOD[k]},"),
        columns=each(entity, lambda n, _: f'"{n}",'),
        to=each(entity, lambda n, _: f"{n}: {entity.name}.{camel(n)},"),
        same=each(entity, lambda n, _: f"one.{camel(n)} === other.{camel(n)} &&"),
        describe=each(entity, lambda n, _: f"String({entity.name}.{camel(n)}),"),
        **{"from": each(entity, lambda n, k: f"{camel(n)}: {_column(k)}(row.{n}),")},
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
        filter=each(entity, lambda n, k: f"{camel(n)}?: {TYPESCRIPT[k]};"),
        where=each(
            entity,
            lambda n, _: (
                f"if (filter.{camel(n)} !== undefined) {{\n"
                f'  query.where("{n}", filter.{camel(n)});\n}}'
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
        fields=each(
            entity, lambda n, k: f'{{ name: "{camel(n)}", kind: "{k}", label: "{label(n)}" }},'
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
        "List": lambda n, _: f'<Column key="{n}" field="{camel(n)}" label="{label(n)}" sortable />',
        "Detail": lambda n, k: (
            f'<Definition term="{label(n)}">\n'
            f"  <{_view(k)} value={{{entity.name}.{camel(n)}}} />\n"
            "</Definition>"
        ),
        "Edit": lambda n, k: (
            f'<Field name="{camel(n)}" label="{label(n)}" required>\n'
            f'  <{_input(k)} value={{draft.{camel(n)}}} onChange={{change("{camel(n)}")}} />\n'
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
        content=render(body, entity, rows=each(entity, rows)).rstrip("\n"),
    )


def component(entity: Entity, kind: str) -> str:
    """A React component: `Card`, `Form` or `Table`."""
    lines = each(
        entity,
        lambda n, k: (
            f'<div className="{entity.name}-{kind.lower()}__{n.replace("_", "-")}">\n'
            f"  <span>{label(n)}</span>\n"
            f"  <{_view(k)} value={{{entity.name}.{camel(n)}}} />\n"
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
        example=each(entity, lambda n, k: f"{camel(n)}: {EXAMPLE[k]},"),
        required=each(
            entity,
            lambda n, _: (
                f'it("needs {label(n).lower()}", async () => {{\n'
                f"  const {{ {camel(n)}: _left, ...rest }} = example;\n"
                f'  const response = await client(member()).post("/api/{entity.plural}", rest);\n'
                "  expect(response.status).toBe(400);\n});"
            ),
        ),
    )


def _column(kind: str) -> str:
    return {"text": "text", "number": "money", "date": "dateOrNull", "flag": "flag"}[kind]


def _view(kind: str) -> str:
    return {"text": "Words", "number": "Amount", "date": "Day", "flag": "Tick"}[kind]


def _input(kind: str) -> str:
    return {"text": "Text", "number": "Figure", "date": "DatePicker", "flag": "Checkbox"}[kind]
