// Appends a recorded history to a stream, in order.
//   node load.mjs HISTORY.ndjson.gz STREAM_URL [--from N] [--to N] [--per-post N]
// A line of the history is one transaction, a JSON array of events; transactions are counted from 1, both ends included.
// Each POST holds --per-post whole transactions (default 1), so none is ever split. From 1, the stream is created first.
import { createReadStream } from "node:fs"
import { createInterface } from "node:readline"
import { parseArgs } from "node:util"
import { createGunzip } from "node:zlib"

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: "string", default: "1" },
    to: { type: "string", default: "Infinity" },
    "per-post": { type: "string", default: "1" },
  },
})
const [file, url] = positionals
if (!file || !url) {
  console.error("usage: node load.mjs HISTORY.ndjson.gz STREAM_URL [--from N] [--to N] [--per-post N]")
  process.exit(2)
}
const from = Number(values.from)
const to = Number(values.to)
const perPost = Number(values["per-post"])

async function send(method, body) {
  const response = await fetch(url, { method, body, headers: { "content-type": "application/json" } })
  if (!response.ok) throw new Error(`${method} ${url} was answered with ${response.status}: ${await response.text()}`)
  await response.arrayBuffer()
}

/** Joins JSON arrays without parsing them, so that every number keeps its text. */
function join(arrays) {
  const contents = arrays.map((array) => array.trim().slice(1, -1).trim()).filter((content) => content !== "")
  return `[${contents.join(",")}]`
}

if (from === 1) await send("PUT")
const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()), crlfDelay: Infinity })
let number = 0
let transactions = 0
let events = 0
let pending = []
for await (const line of lines) {
  if (line.trim() === "" || ++number < from) continue
  if (number > to) break
  transactions++
  events += JSON.parse(line).length
  pending.push(line)
  if (pending.length === perPost) {
    await send("POST", join(pending))
    pending = []
  }
}
if (pending.length > 0) await send("POST", join(pending))
console.log(JSON.stringify({ transactions, events }))
