// usage: CHROMIUM=/path/to/chromium node page-check.mjs URL [SCREENSHOT_FOLDER]
// Opens the running sample in two tabs: the history is shown, what one tab does appears in the other, nothing is
// asked of another server, text is never taken for markup, and what is not up to date says so. Prints one line a check;
// exits with 1 on a failure.
import assert from "node:assert/strict"
import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { chromium } from "playwright-core"

const [url, folder] = process.argv.slice(2)
if (!url || !process.env.CHROMIUM) throw new Error("usage: CHROMIUM=/path/to/chromium node page-check.mjs URL [FOLDER]")

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox"] })
const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, colorScheme: "light" })
const foreign = [], errors = []
context.on("request", (request) => {
  if (new URL(request.url()).origin !== new URL(url).origin) foreign.push(request.url())
})

async function open() {
  const page = await context.newPage()
  page.on("pageerror", (error) => errors.push(String(error)))
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()))
  await page.goto(url)
  await page.locator("#live[data-state=live]").waitFor()
  return page
}

async function check(what, work) {
  await work()
  console.log(`ok   ${what}`)
}

const screenshot = async (page, name, fullPage = true) => {
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage })
}

const api = async (path) => (await fetch(new URL(path, url))).json()
const rowOf = (page, reviewer) => page.locator("#reviews li", { hasText: reviewer })

async function request(page, path, reviewer, note) {
  await page.locator("#prefix").fill(path)
  await page.getByRole("button", { name: `Request a review of ${path}`, exact: true }).click()
  await page.getByLabel("Reviewer").fill(reviewer)
  await page.getByLabel("Note").fill(note)
  await page.locator("dialog [type=submit]").click()
  await page.locator("dialog").waitFor({ state: "hidden" })
}

try {
  const first = await open(), second = await open()
  const { page: { totalElements: files }, content: [anyFile] } = await api("api/files?size=1&prefix=pom.xml")
  assert.ok(files > 0, "the board holds a pom.xml")

  await check("the page shows the history", async () => {
    const all = (await api("api/files?size=1")).page.totalElements
    const shown = async (name) => Number((await first.locator(`#total-${name}`).textContent()).replaceAll(",", ""))
    await first.locator("#files tr").first().waitFor()
    assert.equal(await shown("files"), all)
    assert.equal(await shown("commits"), (await api("api/commits?size=1")).page.totalElements)
    assert.equal(await first.locator("#files tr").count(), Math.min(20, all))
    const top = (await api("api/authors?sort=commits,desc&size=1")).content[0].id
    assert.equal(await first.locator("#authors .name").first().textContent(), top)
  })

  await check("files are found by prefix, page by page", async () => {
    await first.locator(".files .next").click()
    await first.locator(".files .position", { hasText: "Page 2" }).waitFor()
    await first.locator("#prefix").fill("pom.xml")
    await first.locator("#files tr").nth(1).waitFor({ state: "detached" })
    assert.equal(await first.locator("#files .path").first().textContent(), anyFile.path)
    await first.locator("#prefix").fill("nothing/begins/like/this")
    await first.locator(".files .empty").waitFor()
    await first.locator("#prefix").fill("")
    await first.locator("#files tr").nth(1).waitFor()
  })

  const reviewer = `Ada ${Date.now() % 100000}`
  await check("a review requested in one tab appears in the other", async () => {
    await request(first, "pom.xml", reviewer, "Is the parent's version still right?")
    await rowOf(second, reviewer).waitFor()
    assert.match(await rowOf(second, reviewer).textContent(), /pom\.xml.*Open/)
    await first.locator("#prefix").fill("")
  })

  await check("an approval in the second tab appears in the first", async () => {
    await rowOf(second, reviewer).getByRole("button", { name: "Approve" }).click()
    await rowOf(first, reviewer).locator("[data-status=APPROVED]").waitFor()
  })

  await check("text is text, never markup", async () => {
    const markup = `<img src=x onerror="document.title='broken'"> ${reviewer.slice(4)}`
    await request(first, "pom.xml", markup, "<script>document.title='broken'</script>")
    await second.locator("#reviews li", { hasText: "<img src=x" }).first().waitFor()
    assert.equal(await second.locator("#reviews img, #reviews script").count(), 0)
    assert.equal(await second.title(), "Review board")
    await second.locator("#reviews li", { hasText: "<img src=x" }).getByRole("button", { name: "Delete" }).click()
    await first.locator("#reviews li", { hasText: "<img src=x" }).waitFor({ state: "detached" })
    await first.locator("#prefix").fill("")
  })

  await check("requested changes appear too, and the page follows other writers", async () => {
    const other = `Grace ${Date.now() % 100000}`
    const made = await fetch(new URL("api/reviews", url), {
      method: "POST", headers: { "content-type": "application/json" },
      body: JSON.stringify({ path: anyFile.path, reviewer: other, note: "From another process." }),
    })
    assert.equal(made.status, 201)
    await rowOf(first, other).waitFor()
    await rowOf(first, other).getByRole("button", { name: "Request changes" }).click()
    await rowOf(second, other).locator("[data-status=CHANGES_REQUESTED]").waitFor()
  })

  await first.locator("#files tr").nth(1).waitFor()
  await first.waitForTimeout(3000)
  await screenshot(first, "light")
  await first.emulateMedia({ colorScheme: "dark" })
  await screenshot(first, "dark")
  await first.emulateMedia({ colorScheme: "light" })
  await first.getByRole("button", { name: /^Request a review of/ }).first().click()
  await screenshot(first, "dialog", false)
  await first.locator("dialog .cancel").click()
  await first.setViewportSize({ width: 390, height: 844 })
  await screenshot(first, "phone")

  await check("a request that fails says why", async () => {
    await first.setViewportSize({ width: 1360, height: 900 })
    const gone = rowOf(first, reviewer)
    await first.route("**/approve", (route) => route.continue({ url: route.request().url().replace(/reviews\/[^/]+/, "reviews/00000000-0000-4000-8000-000000000000") }))
    await first.route("**/changes", (route) => route.request().method() === "POST"
      ? route.continue({ url: route.request().url().replace(/reviews\/[^/]+/, "reviews/00000000-0000-4000-8000-000000000000") })
      : route.continue())
    await gone.getByRole("button", { name: "Request changes" }).click()
    await first.locator("#problem", { hasText: "00000000-0000-4000-8000-000000000000" }).waitFor()
    errors.splice(0)
  })

  await check("a problem of a write is shown in full, also in the dialog", async () => {
    const detail = "The change may be in the stream, look before you repeat it: no answer"
    await first.route("**/api/reviews", (route) => route.request().method() === "POST"
      ? route.fulfill({ status: 504, contentType: "application/problem+json", body: JSON.stringify({ status: 504, detail }) })
      : route.continue())
    await first.getByRole("button", { name: /^Request a review of/ }).first().click()
    await first.getByLabel("Reviewer").fill("Ada")
    await first.locator("dialog [type=submit]").click()
    await first.locator("dialog .problem", { hasText: detail }).waitFor()
    await first.locator("dialog .cancel").click()
    errors.splice(0)
  })

  await check("two quick clicks on Previous go to the first page and no further", async () => {
    await second.locator("#prefix").fill("")
    await second.locator(".files .next").click()
    await second.locator(".files .position", { hasText: "Page 2" }).waitFor()
    await second.locator(".files .previous").evaluate((previous) => {
      previous.click()
      previous.click()
    })
    await second.locator(".files .position", { hasText: "Page 1 " }).waitFor()
    await second.locator(".files .next").click()
    await second.locator(".files .position", { hasText: "Page 2" }).waitFor()
  })

  await check("the page is live only while the database is", async () => {
    const page = await context.newPage()
    await page.addInitScript(() => {
      window.EventSource = class extends EventTarget {
        constructor() {
          super()
          window.tell = (state, failureReason = null) => this.dispatchEvent(new MessageEvent("$status",
            { data: JSON.stringify({ state, since: "2026-01-01T00:00:00Z", failureReason }) }))
          window.breakOff = () => this.dispatchEvent(new Event("error"))
        }
      }
    })
    await page.goto(url)
    const status = page.getByRole("status")
    const shows = async (state, text) => {
      assert.equal(await status.getAttribute("data-state"), state)
      assert.equal(await status.textContent(), text)
    }
    const tell = (...status) => page.evaluate((told) => window.tell(...told), status)
    await page.locator("#files tr").first().waitFor()
    await shows("waiting", "Connecting")
    await tell("CATCHING_UP")
    await shows("waiting", "Catching up")
    const loaded = page.waitForRequest(/api\/reviews/)
    await tell("LIVE")
    await shows("live", "Live")
    await loaded
    await tell("RETRYING")
    await shows("waiting", "Not up to date: reconnecting to the stream")
    await screenshot(page, "reconnecting")
    await tell("FAILED", "DELETED")
    await shows("failed", "Not up to date: the stream has failed (deleted)")
    await screenshot(page, "failed")
    await tell("COMPLETE")
    await shows("live", "Complete")
    await page.evaluate(() => window.breakOff())
    await shows("waiting", "Connecting")
    await page.close()
  })

  await check("nothing was asked of another server, and nothing went wrong", async () => {
    assert.deepEqual(foreign, [])
    assert.deepEqual(errors, [])
  })
}
finally {
  await browser.close()
}
