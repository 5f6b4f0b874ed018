// agentic: asks before every tool call of OpenCode, and lets none run that was not clearly let through.
// Written by `agentic hosts install opencode`; `agentic doctor` finds every change to it.
//
// It starts COMMAND for each event, the payload on standard input (agentic/adapters/opencode.py tells its
// shape). A call runs only after one JSON document with a decision of "allow" or "none" and exit code 0.
// Everything else is thrown, which OpenCode takes for a refusal and tells the model: a refusal, another
// exit code, a signal, no answer in time, a document that cannot be read.
//
// The file exports one function and nothing else: OpenCode drops a plugin without a word when any of its
// exports is not a function.

import { spawn } from "node:child_process"

const COMMAND = "agentic_hook=\"$XDG_STATE_HOME\"; [ \"$agentic_hook\" ] || agentic_hook=\"$HOME/.local/state\"; agentic_hook=\"$agentic_hook/agentic/launch/hook.sh\"; [ -r \"$agentic_hook\" ] || { echo \"agentic: blocked: this project is governed by agentic; install it: pipx install agentic-governance && agentic init\" >&2; exit 2; }; set -- opencode; ulimit -v 4194304 2>/dev/null; . \"$agentic_hook\" || { agentic_status=$?; [ $agentic_status -eq 2 ] && [ -r \"$agentic_launch\" ] || echo \"agentic: blocked: the guard did not answer (exit $agentic_status); run \\`agentic doctor\\`, or \\`agentic init\\` after a change of Python\" >&2; exit 2; }"
const RECORD = "agentic_hook=\"$XDG_STATE_HOME\"; [ \"$agentic_hook\" ] || agentic_hook=\"$HOME/.local/state\"; agentic_hook=\"$agentic_hook/agentic/launch/hook.sh\"; [ -r \"$agentic_hook\" ] || exit 0; set -- opencode; ulimit -v 4194304 2>/dev/null; . \"$agentic_hook\" || echo \"{\\\"systemMessage\\\":\\\"agentic: not recorded (exit $?): run agentic doctor\\\"}\""
const WAIT_MS = 60_000
const VERSION_WAIT_MS = 2_000
const MAX_REPLY_BYTES = 1 << 20
const MEND = "run `agentic doctor`"

// What the command did: { status, signal, out, err }. Rejects where it cannot be told.
const ran = (command, payload) =>
  new Promise((resolve, reject) => {
    // The command is ours; nothing of a call is ever part of it.
    const child = spawn("/bin/sh", ["-c", command], { cwd: "/", stdio: ["pipe", "pipe", "pipe"] })
    const timer = setTimeout(() => {
      child.kill("SIGKILL")
      reject(new Error(`the guard did not answer within ${WAIT_MS / 1000} s`))
    }, WAIT_MS)
    const taken = { out: [], err: [] }
    let bytes = 0
    const keep = (stream) => (piece) => {
      bytes += piece.length
      if (bytes <= MAX_REPLY_BYTES) taken[stream].push(piece)
    }
    child.stdout.on("data", keep("out"))
    child.stderr.on("data", keep("err"))
    child.stdin.on("error", () => {}) // a guard that reads nothing shows in its exit code
    child.on("error", (problem) => {
      clearTimeout(timer)
      reject(problem)
    })
    child.on("close", (status, signal) => {
      clearTimeout(timer)
      if (bytes > MAX_REPLY_BYTES) return reject(new Error("the guard's answer is too long"))
      const text = (stream) => Buffer.concat(taken[stream]).toString("utf8")
      resolve({ status, signal, out: text("out"), err: text("err") })
    })
    child.stdin.end(JSON.stringify(payload))
  })

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value)

// The one document of a reply, or null.
const documentOf = (text) => {
  try {
    const found = JSON.parse(text)
    return isObject(found) ? found : null
  } catch {
    return null
  }
}

// Why a call may not run, or null for one that may.
const refusalOf = ({ status, signal, out, err }) => {
  const reply = status === 0 && signal === null ? documentOf(out) : null
  if (reply && (reply.decision === "allow" || reply.decision === "none")) return null
  if (reply && reply.decision === "deny" && typeof reply.reason === "string") return reply.reason
  const last = status === 2 ? err.trim().split("\n").pop() : ""
  if (last) return last
  return `agentic: blocked: the guard gave no clear answer (${signal ?? `exit ${status}`}); ${MEND}`
}

const sanitised = (name) => name.replace(/[^a-zA-Z0-9_-]/g, "_")

export const AgenticGuard = async ({ client, directory, worktree }) => {
  if (process.env.AGENTIC_PLUGIN_PROBE) {
    process.stderr.write(`agentic plugin loaded: ${import.meta.url}\n`)
  }
  const agents = new Map() // session -> name of its agent
  const versions = new Map() // session -> promise of the client's version
  const rules = new Map() // session -> promise of the rules that its model reads
  const running = new Map() // session/call -> { args, startedAt }
  const recordings = new Set()

  const versionOf = (sessionID) => {
    if (!versions.has(sessionID)) {
      const asked = Promise.resolve()
        .then(() => client.session.get({ path: { id: sessionID } }))
        .then((found) => found?.data?.version ?? "")
      const late = new Promise((resolve) => setTimeout(resolve, VERSION_WAIT_MS, "").unref())
      versions.set(sessionID, Promise.race([asked, late]).catch(() => ""))
    }
    return versions.get(sessionID)
  }

  // Which server a tool's name belongs to; undefined where none or several could be meant.
  const originOf = async (tool) => {
    if (!tool.includes("_")) return undefined
    try {
      const servers = Object.keys((await client.mcp.status()).data ?? {})
      const owners = servers.filter((server) => tool.startsWith(`${sanitised(server)}_`))
      if (owners.length !== 1) return undefined
      return { server: owners[0], tool: tool.slice(sanitised(owners[0]).length + 1) }
    } catch {
      return undefined
    }
  }

  const payloadOf = async (event, sessionID, more) => ({
    opencodeVersion: await versionOf(sessionID),
    event,
    sessionID,
    agent: agents.get(sessionID) ?? "",
    directory,
    worktree,
    ...more,
  })

  const callOf = async (input, args) => ({
    callID: input.callID,
    tool: input.tool,
    args,
    mcp: await originOf(input.tool),
  })

  const tell = async (message) => {
    const told = [
      () => client.app.log({ body: { service: "agentic", level: "warn", message } }),
      () => client.tui.showToast({ body: { message, variant: "warning" } }),
    ]
    await Promise.allSettled(told.map((say) => Promise.resolve().then(say)))
  }

  // What the command replied to an event that decides nothing; a problem is told, never thrown.
  const noted = async (payload) => {
    try {
      const done = await ran(RECORD, payload)
      const reply = done.status === 0 ? documentOf(done.out) : null
      if (!reply) throw new Error(done.err.trim() || `exit ${done.status}`)
      if (reply.problem || reply.systemMessage) await tell(reply.problem ?? reply.systemMessage)
      return reply
    } catch (problem) {
      await tell(`agentic: not recorded: ${problem.message}; ${MEND}`)
      return {}
    }
  }

  const outcome = async (event, input, args, more) => {
    const key = `${input.sessionID}/${input.callID}`
    const startedAt = running.get(key)?.startedAt
    running.delete(key)
    const durationMs = startedAt === undefined ? -1 : Date.now() - startedAt
    const call = await callOf(input, args)
    await noted(await payloadOf(event, input.sessionID, { ...call, durationMs, ...more }))
  }

  return {
    "chat.message": async (input, output) => {
      const agent = input.agent ?? output?.message?.agent
      if (typeof agent === "string") agents.set(input.sessionID, agent)
    },

    "experimental.chat.system.transform": async (input, output) => {
      const sessionID = input.sessionID
      if (!sessionID) return
      if (!rules.has(sessionID)) {
        const payload = payloadOf("session.start", sessionID, {})
        rules.set(sessionID, payload.then(noted).then((reply) => reply.context))
      }
      const text = await rules.get(sessionID)
      if (typeof text === "string" && text) output.system.push(text)
    },

    "tool.execute.before": async (input, output) => {
      const args = output.args ?? {}
      const call = await callOf(input, args)
      const payload = await payloadOf("tool.execute.before", input.sessionID, call)
      let refusal
      try {
        refusal = refusalOf(await ran(COMMAND, payload))
      } catch (problem) {
        refusal = `agentic: blocked: ${problem.message}; ${MEND}`
      }
      if (refusal !== null) throw new Error(refusal)
      const key = `${input.sessionID}/${input.callID}`
      running.set(key, { args: structuredClone(args), startedAt: Date.now() })
    },

    // What ran is recorded, which another plugin may have changed since it was judged.
    "tool.execute.after": async (input, output) => {
      await outcome("tool.execute.after", input, input.args ?? {}, { output })
    },

    event: async ({ event }) => {
      if (event.type !== "message.part.updated") return
      const part = event.properties?.part
      if (part?.type !== "tool" || part.state?.status !== "error") return
      const judged = running.get(`${part.sessionID}/${part.callID}`)
      if (!judged) return // refused by us, or recorded already
      const recording = outcome("tool.execute.failed", part, judged.args, {
        error: String(part.state.error ?? ""),
      })
      recordings.add(recording)
      await recording.finally(() => recordings.delete(recording))
    },

    dispose: async () => {
      await Promise.allSettled(recordings)
    },
  }
}
