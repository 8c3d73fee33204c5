"""Paths of many ecosystems, as the trees that the path classes were measured on have them.

For every class: paths that are in it, and paths that only look as if they were. Among the latter are
the names that a pattern which seems right finds first (`*auth*` and authors, `*sso*` and lessons).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_LISTED = {
    "auth": (
        """
        src/main/java/org/shop/config/SecurityConfig.java
        src/main/kotlin/org/shop/WebSecurityConfiguration.kt src/main/java/org/shop/JwtFilter.java
        src/main/java/org/shop/AuthController.java app/Http/Controllers/UserAuthService.php
        web/src/useAuthGuard.ts src/LoginService.java app/Http/Middleware/TrustProxies.php
        app/policies/user_policy.rb app/models/ability.rb app/core/security.py
        config/packages/security.yaml policy/admission.rego policies/shop.cedar
        config/initializers/content_security_policy.rb config/initializers/rack_attack.rb
        config/cors.php nova/policies/servers.py server/policies/document.ts
        server/middlewares/csp.ts app/controllers/signup_controller.rb pkg/access_token.go
        ansible/files/sshd_config etc/sudoers.d/deploy etc/pam.d/sshd app/src/lang/auth.php
        config/fortify.php config/session.php config/google2fa.php
        config/initializers/single_sign_on.rb
        """,
        """
        src/Authors.tsx AUTHORS models/authored_by.rb lib/authority.go src/LogInterceptor.java
        policy/admission_test.rego drizzle/0017_sharp_corsair.sql cspell.yaml cspell.json
        content/policies/privacy.html assets/app-c2fa81.js app/association.rb
        src/lesson/processor.py src/tokenizer/token.py chat/session.ts security/rules/eval.yaml
        crypto/aes.c src/login-form.tsx src/components/PasswordInput.vue
        src/app/auth/LoginButton.jsx src/app/login/login-form.component.ts
        lib/plugins/acl/lang/de-informal/page.php lib/plugins/acl/lang/pt_BR/page.php
        plugins/acl/localization/de_DE.inc releasenotes/notes/client-authentication-22e3.yaml
        src/man/pt/sssd-ldap.5.xml db/migrate/2011_salt_user_passwords.rb
        shop/migrations/0032_permission.py lang/de/auth.php resources/lang/de/auth.php
        t/web/login.t emails/reset-password-email.tsx shop/templates/account/login.html
        app/views/user_mailer/reset_password.erb
        """,
    ),
    "credentials": (
        """
        .env-production .dev.vars krb5.keytab inventory/prod/artifacts/admin.conf join.creds
        AuthKey.p8 .ssh/id_ed25519_sk client_secret_42.json infra/prod-kubeconfig.yaml
        serviceAccountKey-prod.json wp-config.php .vault_pass
        """,
        """
        .env-sample compose/example1.env checks/ServiceAccountHasGCPManagedKey.json
        t/data/smime/server.key ca_true_test/ca.pem reg-tests/pki/ca.pem
        molecule/default/files/nginx.env sample/sample-keys/ta.key .devcontainer/ssl/apache.key
        gitleaks/rules/secret.go src/secrets/rule.ts
        """,
    ),
    "routing": (
        """
        proxy/Caddyfile proxy/Caddyfile.prod istio/reviews-virtual-service.yaml
        istio/virtualservice.yaml istio/destination-rule-all.yaml apache2/sites/shop.conf
        charts/shop/templates/route.yaml site/public/CNAME
        """,
        """
        caddyconfig/caddyfile/lexer.go reverseproxy/caddyfile.go
        caddytest/caddyfile_adapt/encode.caddyfiletest rdata/cname.c src/cname/a.go
        fail2ban/filter.d/nginx-forbidden.conf releasenotes/notes/ingress-bandwidth.yaml
        i18n/de/gateway.json
        """,
    ),
    "app-routes": (
        """
        src/router/index.ts server/routes/index.js config/routes.yaml conf/routes
        config/routes/admin.rb
        """,
        """
        plugins/eos_static_routes.py plugins/modules/router.py shop/utils/urls.py
        ROADMAP-routes.md src/roadmap/routes.svg src/router/history.ts
        """,
    ),
    "ci": (
        """
        .buildkite/pipeline.yml .tekton/push.yaml .woodpecker/test.yaml .woodpecker.yaml
        bitbucket-pipelines.yml .gitlab-ci.d/build.yml ci/deploy.gitlab-ci.yml .zuul.d/jobs.yaml
        zuul.d/jobs.yaml .semaphore/semaphore.yml .azdo/pipelines/azure-dev.yml
        azure-pipelines.yaml Jenkinsfile-nightly .semgrep.yml .gitleaks.toml .trivyignore
        config/brakeman.ignore
        """,
        """
        plugin/.gitlab-ci.yml lib/generators/ci/templates/Jenkinsfile sub/.tekton/push.yaml
        """,
    ),
    "deploy": (
        """
        fly.toml skaffold.yaml serverless.yml serverless.prod.yml serverless.ts Dockerfile-release
        task-definition.json config/deploy/production.rb sst.config.ts
        docker/realtime/realtime-entrypoint.sh docker/production/s6-rc.d/horizon/run
        scripts/release-it.sh systemd/shop.service docker-compose.yml docker-compose.staging.yml
        """,
        """
        docker-compose.dev.yml docker-compose-test.yml compose.override.yaml compose.local.yml
        .devcontainer/Dockerfile Dockerfile.dev docker/development/Dockerfile
        ace/snippets/Dockerfile.js contrib/nano/Dockerfile.nanorc builder/dockerfile/evaluator.go
        lib/plugins/create/templates/aws/serverless.yml src/components/deploy.tsx
        src/components/deploy-button.tsx docs/deployment/index.md release-notes.html
        scripts/release-notes.sh src/releases/page.tsx src/cron/croner.ts
        .github/workflows/deploy.yml
        """,
    ),
    "containers": (
        """
        Dockerfile-release etc/containers/systemd/shop.container
        """,
        """
        lib/t.container builder/dockerfile/parser.go Dockerfile.tmLanguage
        """,
    ),
    "infra": (
        """
        main.tofu prod.tfbackend live/terragrunt.hcl Pulumi.yaml Pulumi.prod.yaml cdk.json
        cdk.context.json cloudformation/vpc.yaml cloudformation/vpc.template
        ansible/roles/web/tasks/main.yml roles/kubernetes/control-plane/tasks/main.yml
        roles/web/defaults/main.yml roles/web/templates/site.j2 inventory/prod.ini
        charts/shop/templates/service.yaml deploy/prod-values.yaml apps/media/helm-release.yaml
        terraform/user-data.tpl kubernetes/apps/shop/ks.yaml services/k8s/service.yaml
        """,
        """
        localstack/services/cloudformation/engine.py plugins/module_utils/k8s/client.py
        .vscode/settings.template.json terraform/aws/security/open-bucket.yaml
        terraform/lang/naming.yaml src/terraform/parser.go
        resource_providers/cloudformation/stack.schema.json src/charts/bar.tsx
        src/charts/pie/templates.tsx charts/shop/ci/ingress-values.yaml
        events/roles/templates/roles.html src/roles/task.py playbooks/agent.md
        """,
    ),
    "iam": (
        """
        iam.yaml org/iam-bindings.yaml charts/shop/templates/role.yaml config/rbac/leader.yaml
        data/custom-roles/storage_viewer.yaml data/org-policies/compute.yaml
        core/security/role-assignment.bicep
        """,
        """
        checks/IAMPolicyNotAllowFullAccess.json services/iam/aws_iam_role.schema.json
        releasenotes/notes/rbac-updates.yaml iambic.json
        """,
    ),
    "gateway": (
        """
        ocelot.json ocelot.Production.json apigateway-prod.yaml core/gateway/apim.bicep
        """,
        """
        checks/APIGatewayXray.yaml
        """,
    ),
    "dns": (
        """
        route53.tf infra/prod-route53.tf bind/db.shop.org app/dnsendpoint.yaml
        """,
        """
        regression-tests/zones/a.zone fuzz/lex.in/named.conf src/dns/route53.go
        """,
    ),
    "feature-flags": (
        """
        config/feature_flags/ops/new_login.yml remoteconfig.template.json
        """,
        """
        src/feature-flags/index.ts config/features.yml
        """,
    ),
    "migrations": (
        """
        src/main/resources/db/migration/V1__x.sql src/main/resources/db/migration/R__views.sql
        src/main/resources/db/changelog/changes.xml config/liquibase/changelog/0001_user.xml
        db.changelog-1.0.yaml migrations/20240101_users.cjs Data/Migrations/Shop/20240101_Init.cs
        src/migration/1700000000000-users.ts schema/mysql-upgrades/2.12.0.sql
        schema/versions/pgsql/128.sql sql/patch-add-column.sql
        contrib/pg_trgm/pg_trgm--1.3--1.4.sql
        """,
        """
        generators/liquibase/files.ts config/liquibase/master.xml
        config/liquibase/fake-data/user.csv src/flyway/Runner.java db/seeds/shop.sql
        docs/migration/guide.md src/migration/guide.ts database/migrations/list.d.ts
        internal/migrations/upgrade_test.go
        """,
    ),
    "sql": (
        """
        schema/mysql-upgrades/2.12.0.sql
        """,
        """
        t/data/a.sql sample/seed.sql
        """,
    ),
    "jobs": (
        """
        config/recurring.yml scripts/nightly.py bin/rotate
        """,
        """
        bin/dnssec/signzone.c src/groovy/scripts/internal/Support.java
        application/views/scripts/list.phtml
        """,
    ),
    "backup": (
        """
        velero/schedule.yaml k8s/velero-schedule.yaml ops/backups/nightly.sh
        k8s/db-backup-cronjob.yaml restic.sh restic-prune.timer wal-g.yaml
        """,
        """
        cmd/restic/find.go internal/restic/lock.go plugins/modules/backup_plan.py
        policies/create_backup.py compute/api/create_backup.py src/screens/backup-codes.tsx
        tests/__snapshots__/a.snap src/snapshot/view.ts
        """,
    ),
    "database": (
        """
        src/main/resources/application.yml src/main/resources/application-prod.yml
        src/main/resources/config/application.yml knexfile.js drizzle.config.ts
        config/database.php config/database.mysql.yml config/environments/production.rb
        alembic.ini
        """,
        """
        src/main/resources/application-dev.yml src/test/resources/application.yml
        """,
    ),
    "stacks": (
        """
        cdk/app.py lib/shop-stack.ts
        """,
        """
        src/haystack.ts plugins/docker_stack.py checkov/cdk/checks/base.py
        """,
    ),
    "records": (
        """
        docs/disaster-recovery.md docs/2026-03-01-db-postmortem.md post-mortem-checkout.md
        ops/disaster_recovery-plan.md
        """,
        """
        roles/disaster_recovery/tasks/main.yml src/node_postmortem_metadata.cc
        docs/node-postmortem-support.md backlog/tasks/runbook.md
        """,
    ),
    "agent-rules": (
        """
        AGENTS.md
        """,
        """
        references/man/agent.md
        """,
    ),
}
MEASURED: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    name: (inside.split(), outside.split()) for name, (inside, outside) in _LISTED.items()
}
