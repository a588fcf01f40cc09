// The reference server, on 127.0.0.1.
//   node server.mjs [port] [dataDir] [--until-stdin-closes]
// Port 0 takes a free one. Without dataDir streams are kept in memory. Standard output is the base URL and nothing else.
import { DurableStreamTestServer } from "@durable-streams/server"

// The server logs as it likes; standard output is for the URL alone.
console.log = console.info = console.debug = console.error

const flags = new Set(process.argv.slice(2).filter((argument) => argument.startsWith("--")))
const [port = "4437", dataDir] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"))

const server = new DurableStreamTestServer({
  host: "127.0.0.1",
  port: Number(port),
  dataDir,
  longPollTimeout: Number(process.env.LONG_POLL_TIMEOUT_MS ?? 500),
  webhooks: true,
})

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  await server.stop()
  process.exit(0)
}

process.on("SIGINT", stop)
process.on("SIGTERM", stop)
if (flags.has("--until-stdin-closes")) {
  // A test that dies takes its server with it.
  process.stdin.resume().on("close", stop).on("error", stop)
}
process.stdout.write(`${await server.start()}\n`)
