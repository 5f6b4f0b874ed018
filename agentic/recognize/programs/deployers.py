"""Hosting platforms with a deploy command: Vercel, Netlify, Fly, Heroku, Railway, Serverless, Wrangler.

Sources: https://vercel.com/docs/cli, https://cli.netlify.com/, https://fly.io/docs/flyctl/,
https://devcenter.heroku.com/articles/heroku-cli-commands, https://docs.railway.com/reference/cli-api,
https://developers.cloudflare.com/workers/wrangler/commands/.
"""

from __future__ import annotations

from agentic.recognize.grammar import Spec
from agentic.recognize.placement import Call, not_in_tables, placed
from agentic.recognize.surroundings import folder_candidates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from agentic.recognize.context import Context
    from agentic.recognize.environment import Candidate
    from agentic.recognize.grammar import Parsed
    from agentic.recognize.interface import Invocation

#: What these platforms call alike means the same; each tool uses its part of the table.
HOSTING = Spec(
    kinds={
        "cloud.read": (
            "ls, list, inspect, whoami, status, info, open, domains ls, alias ls, project ls, "
            "teams ls, "
            "dns ls, certs ls, apps, apps list, apps:info, ps, releases, releases:info, regions, "
            "machine list, machine status, machines list, volumes list, ips list, checks list, "
            "orgs list, "
            "platform regions, domains, addons, pipelines, pipelines:info, env:list, sites:list, "
            "functions:list, deployments list, deployments status, versions list, versions view, "
            "kv namespace list, r2 bucket list, d1 list, d1 info, queues list, config list, "
            "history, image show, services list, dashboard, deploy list, access, stacks, features"
        ),
        "observe.read": (
            "logs, log, tail, logs:deploy, logs:function, metrics, build-logs, analytics"
        ),
        "deploy.run": (
            "deploy, redeploy, up, launch, deploy function, versions upload, machine run, "
            "machine update, "
            "machine start, machine stop, machine restart, machines run, restart, ps:restart, run, "
            "container:release, pages deploy, triggers deploy, apps restart, deploy trigger, "
            "api:deploy, "
            "service redeploy, functions deploy"
        ),
        "deploy.rollback": "rollback, releases:rollback, rollback:function, down",
        "deploy.traffic-weight": (
            "promote, alias set, alias rm, alias, rolling-release, pipelines:promote, "
            "versions deploy, "
            "gradual-deployments, domains attach"
        ),
        "kubernetes.scale": (
            "scale, scale count, scale vm, scale memory, ps:scale, ps:type, ps:stop, autoscale"
        ),
        "cloud.write": (
            "project add, apps create, create, domains add, dns add, addons:create, addons:attach, "
            "volumes create, postgres create, pg create, mpg create, redis create, "
            "ips allocate-v4, "
            "ips allocate-v6, ips allocate, config:unset, config unset, apps:create, "
            "apps:rename, domains:add, "
            "certs:auto, kv namespace create, kv key put, kv bulk put, r2 bucket create, "
            "r2 object put, "
            "d1 create, d1 migrations apply, queues create, sites:create, maintenance:on, "
            "maintenance:off, "
            "features:enable, features:disable, buildpacks:set, add, integration add, blob put, "
            "volume add, certs add, pg:upgrade, pg:promote, pg:copy, invoke, functions:invoke"
        ),
        "cloud.delete": (
            "rm, remove, delete, project rm, apps destroy, destroy, domains rm, dns rm, "
            "addons:destroy, "
            "volumes destroy, volumes delete, apps:destroy, pg:reset, sites:delete, "
            "machine destroy, "
            "machines destroy, kv namespace delete, kv key delete, kv bulk delete, "
            "r2 bucket delete, "
            "r2 object delete, d1 delete, queues delete, domains:remove, certs:remove, "
            "postgres detach, ips release, redis destroy, mpg destroy, blob del, volume delete, "
            "pages project delete, env:unset-all, deployments delete"
        ),
        "data.write": (
            "d1 execute, pg:psql, psql, pg connect, postgres connect, connect, pg:restore, db"
        ),
        "cloud.read-secret": (
            "env pull, env ls, env, env:get, config, config:get, variables, variable list, "
            "secrets:list, "
            "authorizations, auth token, auth:token, tokens create, pg:credentials:url, "
            "auth docker-token"
        ),
        "cloud.write-secret": (
            "env add, env rm, env update, env:set, env:unset, env:import, config:set, secrets set, "
            "secrets unset, secrets import, secrets deploy, secret put, secret delete, "
            "secret bulk, "
            "variables set, variable set, authorizations:create, secrets:set, "
            "pg:credentials:rotate, tokens revoke, variable delete, params set"
        ),
        "cloud.access": (
            "teams invite, teams add, access:add, access:remove, access:update, orgs invite, "
            "orgs remove, "
            "members:add, members:remove, certs issue, firewall, tokens attenuate"
        ),
        "network.remote-shell": "ssh, ssh console, ssh sftp, ps:exec, run:detached, console, sftp",
        "code.build": "build, functions:build, package, print, pages functions build, types",
        "code.open-server": (
            "dev, serve, local, offline, invoke local, pages dev, proxy, functions:serve"
        ),
        "container.push": "container:push",
        "service.scaffold": (
            "init, new, sites:create-template, functions:create, generate, scaffold"
        ),
        "cloud.configure": (
            "login, logout, link, unlink, switch, auth login, auth logout, auth signup, "
            "auth:login, auth:logout, "
            "git:remote, config credentials, environment, service, project, telemetry, bind, "
            "project link"
        ),
        "package.install-global": (
            "upgrade, version upgrade, update, plugins:install, plugin install"
        ),
        "network.write": "webhooks:add, deploy-hooks",
        "shell.inert": "help, version, docs, completion, autocomplete, secrets list, secret list, doctor, "
        "platform, commands, which, telemetry:status",
        "code.test": "validate, check, test, config validate, config show, lint",
    },
    values=(
        "-s --stage -a --app --target -e --environment --env -c --config -t --token -S --scope -A "
        "--local-config --cwd -r --region --remote --org -o --name -n --site --dir -d --context "
        "--alias "
        "--message -m --service -p --project --image -i --dockerfile --filter -f --function "
        "--profile "
        "--aws-profile --param --build-arg --strategy --vm-size --vm-memory --type --command -C "
        "--file"
    ),
    switches="--prod --production -y --yes --prebuilt --force --debug --verbose --json",
    environment={
        "-s": "name",
        "--stage": "name",
        "-a": "name",
        "--app": "name",
        "--target": "name",
        "-e": "name",
        "--environment": "name",
        "--env": "name",
        "-c": "path",
        "--config": "path",
        "--context": "name",
        "--site": "name",
        "--profile": "profile",
        "--aws-profile": "profile",
        "-r": "operand",
        "--remote": "name",
        "--cwd": "path",
    },
    variables={
        "FLY_APP": "name",
        "HEROKU_APP": "name",
        "CLOUDFLARE_ENV": "name",
        "NODE_ENV": "operand",
    },
    harmless="--help -h --version -v",
)

_BARE_DEPLOYS = ("vercel", "vc", "now")


def hosting_place(parsed: Parsed, invocation: Invocation, context: Context) -> list[Candidate]:
    """`--prod` is production; a Vercel or Netlify deploy without it is a preview."""
    if any(name in ("--prod", "--production") for name, _ in parsed.options):
        return [("name", "production", "--prod")]
    candidates: list[Candidate] = [("operand", word.text, word.text) for word in parsed.operands]
    candidates.extend(("operand", name, shown) for _, name, shown in folder_candidates(context))
    is_deploy = parsed.subcommand in ("deploy", "") or parsed.subcommand not in _KNOWN
    if invocation.name in (*_BARE_DEPLOYS, "netlify", "ntl") and is_deploy:
        candidates.append(("name", "preview", "a preview deployment"))
    return candidates


_KNOWN = frozenset(text.strip() for texts in HOSTING.kinds.values() for text in texts.split(","))


def refine_hosting(call: Call, kind: str) -> str:
    """A bare `vercel [DIR]` deploys; dry runs do not."""
    parsed, context = call.parsed, call.context
    if call.surely_on("--dry-run", "--build-only") and kind in ("deploy.run", "cloud.write"):
        return "code.build"
    if call.invocation.name in _BARE_DEPLOYS and not kind:
        return "deploy.run"
    if not parsed.subcommand:
        context.add("shell.inert")
        return ""
    if not kind:
        not_in_tables(call)
        return ""
    if kind == "code.open-server" and call.on("--live", "--tunnel"):
        context.add("code.expose-server", f"{call.invocation.name} {parsed.subcommand}")
    if call.invocation.name == "heroku" and parsed.subcommand == "run":
        call.add("network.remote-shell")
        return ""
    if call.invocation.name == "railway" and parsed.subcommand in ("run", "local"):
        call.add("cloud.read-secret")
        context.run_words(parsed.rest or parsed.operands, call.invocation.stdin)
        return ""
    return kind


_hosting = placed(HOSTING, hosting_place, refine_hosting)

PROGRAMS = {
    "vercel": _hosting,
    "vc": _hosting,
    "netlify": _hosting,
    "ntl": _hosting,
    "fly": _hosting,
    "flyctl": _hosting,
    "heroku": _hosting,
    "railway": _hosting,
    "serverless": _hosting,
    "sls": _hosting,
    "wrangler": _hosting,
}
