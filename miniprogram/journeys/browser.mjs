// What the journeys share: the real server with demo data, and phones.
import { spawn } from 'node:child_process'
import { createServer, request } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { checkLog } from './logwatch.mjs'

const CHROMIUM = process.env.CHROMIUM || '/usr/bin/chromium'

/** Starts the built server on a free port with fresh demo data. */
export async function startServer() {
  const dir = mkdtempSync(join(tmpdir(), 'xinyu-journey-'))
  const binary = process.env.SERVER_BINARY
  if (!binary) throw new Error('SERVER_BINARY names the server: run the journeys with make test')
  const env = { ...process.env, XINYU_ADDR: '127.0.0.1:0', XINYU_DATA_DIR: dir, XINYU_DEMO: 'true' }
  const server = spawn(binary, ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [output, log] = ['', ''] // a demo prints names at its start; its log must not have any
  const origin = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the server is not ready:\n' + log)), 60_000)
    server.stdout.on('data', (data) => {
      output += data
      const found = / addr=(http:\S+)/.exec(output)
      if (found) {
        clearTimeout(timer)
        resolve(found[1])
      }
    })
    server.stderr.on('data', (data) => (log += data))
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${log}`)))
  })
  const tokens = new Map()
  return {
    origin,
    /** Calls the API as somebody, who logs in once: logins are limited. */
    async call(code, method, path, body) {
      if (!tokens.has(code)) tokens.set(code, ask(origin, 'POST', '/login', '', { code }).then((login) => login.token))
      return ask(origin, method, path, await tokens.get(code), body)
    },
    /** Ends it; its log must hold nothing about anybody. */
    async stop() {
      server.removeAllListeners('exit')
      const ended = new Promise((resolve) => server.once('close', resolve)) // its last lines are read
      server.kill('SIGTERM')
      await ended
      rmSync(dir, { recursive: true, force: true })
      checkLog(log)
    },
  }
}

/**
 * Starts a proxy before the server, as operators have one. What path matches is
 * refused with fail.status as long as that is set; fail.refused counts it.
 */
export async function startProxy(origin) {
  const fail = { status: 0, path: /./, refused: 0 }
  const proxy = createServer((from, to) => {
    if (fail.status && fail.path.test(from.url)) {
      fail.refused++
      from.resume()
      to.writeHead(fail.status, { 'Content-Type': 'text/html' }).end('<html><h1>' + fail.status)
      return
    }
    const on = request(origin + from.url, { method: from.method, headers: from.headers }, (answer) => {
      to.writeHead(answer.statusCode, answer.headers)
      answer.pipe(to)
    })
    on.on('error', () => to.destroy())
    to.on('close', () => on.destroy())
    from.pipe(on)
  })
  await new Promise((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${proxy.address().port}`,
    fail,
    stop: () => new Promise((resolve) => (proxy.close(resolve), proxy.closeAllConnections())),
  }
}

async function ask(origin, method, path, token, body) {
  const response = await fetch(origin + '/api/v1' + path, {
    method,
    headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text ? JSON.parse(text) : null
}

/** Starts Chromium without any call to the outside. */
export function startChromium() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--mute-audio',
    ],
  })
}

/** A phone of somebody's, and what went wrong on it. */
export async function phone(browser, origin, code, size = { width: 390, height: 844 }) {
  const context = await browser.newContext({ viewport: size, deviceScaleFactor: 2, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', hasTouch: true, isMobile: true })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults = []
  const requests = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`))
  page.on('request', (request) => {
    requests.push(request.url())
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) faults.push(`foreign host: ${request.url()}`)
  })
  await page.addInitScript((who) => (window.__wx = { ...window.__wx, code: who }), code)
  return {
    page,
    context,
    faults,
    requests,
    /** Opens an address of the server's. */
    goto: (path) => page.goto(origin + path),
    /** Opens a page of the client, such as /pages/mine/index. */
    async open(path = '/pages/home/index') {
      await page.goto(`${origin}/m/#${path}`)
    },
    /** Opens what the emulated WeChat shows of this phone, outside the client. */
    async openInbox() {
      await page.goto(`${origin}/demo/phone?as=${code}`)
    },
    /** The button that says so, on the page that is on top. */
    button: (text) => page.locator('uni-page:visible uni-button', { hasText: text }).last(),
    text: (text) => page.locator('uni-page:visible').last().getByText(text),
    confirm: (text) => page.locator('.uni-modal__btn_primary', { hasText: text }).click(),
    /** What the camera sees from now on. */
    see: (token) => page.evaluate((t) => (window.__wx.scan = () => t), token),
  }
}
