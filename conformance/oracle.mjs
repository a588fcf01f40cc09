// Prints what the reference makes of a stream, as JSON: { type: { key: value } }, keys sorted.
//   node oracle.mjs STREAM_URL type:primaryKey[,type:primaryKey...] [--streamdb] [--write-keys]
// Without --streamdb it is the reference's MaterializedState (an update replaces the value), with it its StreamDB
// (an update is merged into the value). --write-keys writes each key into the primary key of its value.
// With - in place of the URL, URLs are read from standard input, and each gets one line of output.
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { MaterializedState, createStateSchema } from "@durable-streams/state"

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { streamdb: { type: "boolean" }, "write-keys": { type: "boolean" } },
})
const [source, definitions] = positionals
if (!source || !definitions) {
  console.error("usage: node oracle.mjs STREAM_URL|- type:primaryKey[,type:primaryKey...] [--streamdb] [--write-keys]")
  process.exit(2)
}
const collections = definitions.split(",").map((definition) => {
  const [type, primaryKey] = definition.split(":")
  return { type, primaryKey }
})

async function materialize(url) {
  const state = new MaterializedState()
  let offset = "-1"
  let upToDate = false
  while (!upToDate) {
    const response = await fetch(`${url}?offset=${encodeURIComponent(offset)}`)
    if (!response.ok) throw new Error(`${url} was answered with ${response.status}: ${await response.text()}`)
    for (const item of await response.json()) {
      if (item?.headers?.operation) state.apply(item)
      else if (item?.headers?.control === "reset") state.clear()
    }
    offset = response.headers.get("stream-next-offset")
    upToDate = response.headers.get("stream-up-to-date") === "true"
  }
  return ({ type }) => state.getType(type)
}

async function preload(url) {
  const { createStreamDB } = await import("@durable-streams/state/db")
  const schema = { "~standard": { version: 1, vendor: "oracle", validate: (value) => ({ value }) } }
  const state = createStateSchema(
    Object.fromEntries(collections.map(({ type, primaryKey }) => [type, { schema, type, primaryKey }])),
  )
  const db = createStreamDB({ streamOptions: { url, contentType: "application/json" }, state, live: false })
  await db.preload()
  const own = ([name]) => name !== "_seq" && !name.startsWith("$")
  return ({ type }) =>
    [...db.collections[type].entries()].map(([key, row]) => [key, Object.fromEntries(Object.entries(row).filter(own))])
}

async function state(url) {
  const rowsOf = await (flags.streamdb ? preload(url) : materialize(url))
  const result = {}
  for (const collection of collections) {
    const rows = [...rowsOf(collection)].sort(([a], [b]) => (a < b ? -1 : 1))
    result[collection.type] = Object.fromEntries(
      flags["write-keys"] ? rows.map(([key, value]) => [key, { ...value, [collection.primaryKey]: key }]) : rows,
    )
  }
  return JSON.stringify(result)
}

if (source === "-") {
  for await (const url of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (url !== "") console.log(await state(url))
  }
} else {
  console.log(await state(source))
}
// The reference's StreamDB keeps timers; wait for the output only.
process.stdout.write("", () => process.exit(0))
