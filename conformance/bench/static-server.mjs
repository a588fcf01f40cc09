// Serves a saved catch-up body from memory as a one-stream Durable Streams server (GET only): the "infinitely fast server",
// used to isolate a client's own cost.   BODY=body1m.json node static-server.mjs [--port=14439]
import fs from "node:fs"
import http from "node:http"
import { args } from "./lib.mjs"
const a = args({ port: 14439 }), body = fs.readFileSync(process.env.BODY), NEXT = `0000000000000000_0000000000000001`
const server = http.createServer((req, res) => {
  const u = new URL(req.url, `http://x`), off = u.searchParams.get(`offset`) ?? `-1`
  const h = { "content-type": `application/json`, "stream-next-offset": NEXT, "stream-up-to-date": `true`, "stream-cursor": `1` }
  if (off === `-1`) { res.writeHead(200, { ...h, "content-length": body.length }); res.end(body) }
  else if (u.searchParams.get(`live`)) setTimeout(() => { res.writeHead(204, h); res.end() }, 20_000)
  else { res.writeHead(200, h); res.end(`[]`) }
}).listen(a.port, `127.0.0.1`, () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/s`, bytes: body.length, pid: process.pid })))
