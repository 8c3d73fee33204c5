"""Workers, tables, docs and templates of the portal: one function for one kind of file."""

from __future__ import annotations

from textwrap import dedent

from demo.entity import Entity, camel, each, label, render

PYTHON = {"text": "str", "number": "float", "date": "datetime", "flag": "bool"}


SQL = {"text": "text NOT NULL", "number": "numeric(12, 2) NOT NULL DEFAULT 0",
       "date": "timestamptz", "flag": "boolean NOT NULL DEFAULT false"}  # fmt: skip


LITERAL = {"text": '"example"', "number": "12.5", "date": "NOW", "flag": "True"}


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
        fields=each(entity, lambda n, k: f"{n}: {PYTHON[k]}"),
        totals=each(
            entity,
            lambda n, k: (
                f'totals["{n}"] = float(sum({entity.name}.{n} for {entity.name} in found))'
                if k in ("number", "flag")
                else f'totals["{n}"] = float(len({{{entity.name}.{n} for {entity.name} in found}}))'
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
        values=each(entity, lambda n, k: f"{n}={LITERAL[k]},"),
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
        columns=each(entity, lambda n, k: f"{n} {SQL[k]},"),
        comments=each(
            entity, lambda n, _: f"COMMENT ON COLUMN {entity.plural}.{n} IS '{label(n)}';"
        ),
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
        rows=each(entity, lambda n, k: f"| `{camel(n)}` | {k} | {label(n)} |"),
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
