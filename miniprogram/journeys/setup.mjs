// What the tests of a file need: one server with fresh demo data, and one browser.
import { after, before } from 'node:test'
import { phone, startChromium, startProxy, startServer } from './browser.mjs'

/** Sets up before the tests of the file, with what else they need, and takes down after them. */
export function setup(prepare = async () => {}) {
  let running, browser
  before(async () => {
    running = await startServer()
    browser = await startChromium()
    await prepare()
  })
  after(async () => {
    await browser?.close()
    await running?.stop()
  })
  return {
    server: { call: (...what) => running.call(...what) },
    /** A phone of somebody's. */
    phone: (code, size) => phone(browser, running.origin, code, size),
    /** A proxy before the server, and somebody's phone behind it. */
    async proxied(code) {
      const proxy = await startProxy(running.origin)
      return { fail: proxy.fail, stop: proxy.stop, p: await phone(browser, proxy.origin, code) }
    },
  }
}

/** Waits until something is true that no page shows. */
export async function until(is, ms = 60_000) {
  const end = Date.now() + ms
  while (!(await is())) {
    if (Date.now() > end) throw new Error('what was waited for did not happen')
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

/** The field of a form that is called so. */
export const field = (p, label) => p.page.locator(`uni-page:visible uni-input[aria-label="${label}"] input`)
export const area = (p, label) => p.page.locator(`uni-page:visible uni-textarea[aria-label="${label}"] textarea`)
/** The card that says so, on the page that is on top. */
export const card = (p, text) => p.page.locator('uni-page:visible').last().locator('.card', { hasText: text })
/** What went wrong beside the network that was taken away: a request is then an error that the browser itself prints. */
export const quiet = (p) => p.faults.filter((f) => !/ERR_INTERNET_DISCONNECTED/.test(f))
