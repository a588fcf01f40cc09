// Writes the events of seed.mjs as one catch-up body, for static-server.mjs: no server has to hold them.
//   node body.mjs --n=1000000 --out=body1m.json [--seed=42]
import fs from "node:fs"
import { args, emit, userEvents } from "./lib.mjs"
const a = args({ n: 100_000, seed: 42 }), gen = userEvents({ seed: a.seed }), file = fs.openSync(a.out, `w`)
let bytes = fs.writeSync(file, `[`)
for (let i = 0; i < a.n; ) {
  const part = []
  for (; part.length < 10_000 && i < a.n; i++) part.push((i ? `,` : ``) + JSON.stringify(gen.next()))
  bytes += fs.writeSync(file, part.join(``))
}
bytes += fs.writeSync(file, `]`)
fs.closeSync(file)
emit(`body.bytes`, bytes, `bytes`, { n: a.n, liveRows: gen.live })
