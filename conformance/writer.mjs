// usage: node writer.mjs STREAM_URL COUNT
// The TypeScript StreamDB as one of several writers of the sample's reviews. Prints "ready" when it has caught up; on
// the line "go" makes COUNT changes by optimistic actions and prints "done"; on the line "print TXID" waits for
// that txid and prints its reviews as JSON, sorted by id; ends with its input.
import { randomUUID } from "node:crypto"
import { createInterface } from "node:readline"
import { DurableStream } from "@durable-streams/client"
import { createStateSchema } from "@durable-streams/state"
import { createStreamDB } from "@durable-streams/state/db"

const [url, count] = [process.argv[2], Number(process.argv[3])]
const IN_FLIGHT = 16

const anything = { "~standard": { version: 1, vendor: "writer", validate: (value) => ({ value }) } }
const schema = createStateSchema({ reviews: { schema: anything, type: "review", primaryKey: "id" } })
const stream = new DurableStream({ url, contentType: "application/json" })

const db = createStreamDB({
  stream,
  state: schema,
  actions: ({ db, stream }) => {
    const send = async (event) => {
      await stream.append(JSON.stringify(event))
      await db.utils.awaitTxId(event.headers.txid, 60_000)
    }
    return {
      request: {
        onMutate: (review) => db.collections.reviews.insert(review),
        mutationFn: (review) => send(schema.reviews.insert({ value: review, headers: { txid: randomUUID() } })),
      },
      approve: {
        onMutate: ({ id }) => db.collections.reviews.update(id, (draft) => { draft.status = "APPROVED" }),
        mutationFn: (review) =>
          send(schema.reviews.update({ value: { ...review, status: "APPROVED" }, headers: { txid: randomUUID() } })),
      },
      remove: {
        onMutate: ({ id }) => db.collections.reviews.delete(id),
        mutationFn: ({ id }) => send(schema.reviews.delete({ key: id, headers: { txid: randomUUID() } })),
      },
    }
  },
})

// A change is a request, an approval of what was requested, or its deletion: 70, 20 and 10 of a hundred.
async function write() {
  let started = 0
  const worker = async () => {
    const own = []
    while (started < count) {
      const n = started++ % 10
      if (n >= 7 && own.length > 0) {
        const review = own.pop()
        await (n === 9 ? db.actions.remove(review) : db.actions.approve(review)).isPersisted.promise
        continue
      }
      const review = {
        id: randomUUID(), path: "pom.xml", reviewer: "TypeScript", status: "OPEN", note: null,
        createdAt: new Date().toISOString(),
      }
      await db.actions.request(review).isPersisted.promise
      own.push(review)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
}

function reviews() {
  return [...db.collections.reviews.values()]
    .map(({ id, path, reviewer, status, note, createdAt }) => ({ id, path, reviewer, status, note, createdAt }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

await db.preload()
console.log("ready")
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "go") {
    await write()
    console.log("done")
  }
  else if (line.startsWith("print ")) {
    await db.utils.awaitTxId(line.slice("print ".length), 60_000)
    console.log(JSON.stringify(reviews()))
  }
}
process.exit(0)
